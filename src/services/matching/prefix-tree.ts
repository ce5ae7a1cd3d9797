import { ANY, type Beginning } from '../../base/java-regex.ts'
import { type Address, candidate, isPair, NONE } from './address.ts'

const ANY_CODE = ANY.charCodeAt(0)

/** What ends at a branch: a definition, and what may follow. */
interface End {
  readonly rank: number
  readonly rest: Beginning['rest']
}

interface Branch {
  /** Characters on the way to this branch; `ANY` stands for one code point. */
  label: string
  /** None for the many ends. */
  children: Map<number, Branch> | undefined
  ends: End[]
}

/** Beginnings, each with the ranks of the definitions whose addresses begin so; ASCII letters are compared without case. */
export class PrefixTree {
  readonly #root: Branch = { label: '', children: undefined, ends: [] }

  add({ text, rest }: Beginning, rank: number): void {
    const end = { rank, rest }
    let branch = this.#root
    let left = text
    while (left !== '') {
      branch.children ??= new Map()
      const child = branch.children.get(left.charCodeAt(0))
      if (!child) {
        branch.children.set(left.charCodeAt(0), { label: left, children: undefined, ends: [end] })
        return
      }
      const common = commonLength(child.label, left)
      branch = common === child.label.length ? child : split(branch.children, child, common)
      left = left.slice(common)
    }
    branch.ends.push(end)
  }

  /** Adds the candidates whose beginnings the address has, in no order. A rank may come twice. */
  collect(address: Address, found: number[]): void {
    descend(this.#root, address, 0, found)
  }
}

function commonLength(one: string, other: string): number {
  let length = 0
  while (length < one.length && length < other.length && one.charCodeAt(length) === other.charCodeAt(length)) length++
  return length
}

function split(siblings: Map<number, Branch>, child: Branch, at: number): Branch {
  const [upper, lower] = [child.label.slice(0, at), child.label.slice(at)]
  const branch: Branch = { label: upper, children: new Map([[lower.charCodeAt(0), child]]), ends: [] }
  siblings.set(upper.charCodeAt(0), branch)
  child.label = lower
  return branch
}

function descend(branch: Branch, address: Address, at: number, found: number[]): void {
  for (const { rank, rest } of branch.ends) {
    const code = candidate(rank, rest, address, at)
    if (code !== NONE) found.push(code)
  }
  const { children } = branch
  if (at >= address.length || children === undefined) return
  const literal = children.get(address.codes[at] as number)
  if (literal) follow(literal, address, at, found)
  const any = children.get(ANY_CODE)
  if (any && any !== literal) follow(any, address, at, found)
}

function follow(branch: Branch, address: Address, start: number, found: number[]): void {
  const { label } = branch
  const { codes, length } = address
  let at = start
  for (let i = 0; i < label.length; i++) {
    if (at >= length) return
    const expected = label.charCodeAt(i)
    if (expected === ANY_CODE) at += isPair(address, at) ? 2 : 1
    else if (expected === codes[at]) at++
    else return
  }
  descend(branch, address, at, found)
}

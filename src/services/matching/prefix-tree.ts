import { ANY } from '../../base/java-regex.ts'

const ANY_CODE = ANY.charCodeAt(0)

interface Branch {
  /** Characters on the way to this branch; `ANY` stands for one code point. */
  label: string
  /** None for the many ends. */
  children: Map<number, Branch> | undefined
  ranks: number[]
}

/** Prefixes, each with the ranks of the definitions whose URLs begin so; ASCII letters are compared without case. */
export class PrefixTree {
  readonly #root: Branch = { label: '', children: undefined, ranks: [] }

  /** @param prefix ASCII letters in lower case. */
  add(prefix: string, rank: number): void {
    let branch = this.#root
    let rest = prefix
    while (rest !== '') {
      branch.children ??= new Map()
      const child = branch.children.get(rest.charCodeAt(0))
      if (!child) {
        branch.children.set(rest.charCodeAt(0), { label: rest, children: undefined, ranks: [rank] })
        return
      }
      const common = commonLength(child.label, rest)
      branch = common === child.label.length ? child : split(branch.children, child, common)
      rest = rest.slice(common)
    }
    branch.ranks.push(rank)
  }

  /** Ranks of all prefixes that the URL begins with, in no order. A rank may come twice. */
  ranksFor(url: string): number[] {
    const found: number[] = []
    descend(this.#root, url, 0, found)
    return found
  }
}

function commonLength(one: string, other: string): number {
  let length = 0
  while (length < one.length && length < other.length && one.charCodeAt(length) === other.charCodeAt(length)) length++
  return length
}

function split(siblings: Map<number, Branch>, child: Branch, at: number): Branch {
  const [upper, lower] = [child.label.slice(0, at), child.label.slice(at)]
  const branch: Branch = { label: upper, children: new Map([[lower.charCodeAt(0), child]]), ranks: [] }
  siblings.set(upper.charCodeAt(0), branch)
  child.label = lower
  return branch
}

function descend(branch: Branch, url: string, at: number, found: number[]): void {
  if (branch.ranks.length > 0) for (const rank of branch.ranks) found.push(rank)
  const { children } = branch
  if (at >= url.length || children === undefined) return
  const literal = children.get(lowerCode(url, at))
  if (literal) follow(literal, url, at, found)
  const any = children.get(ANY_CODE)
  if (any && any !== literal) follow(any, url, at, found)
}

function follow(branch: Branch, url: string, start: number, found: number[]): void {
  const { label } = branch
  let at = start
  for (let i = 0; i < label.length; i++) {
    if (at >= url.length) return
    const expected = label.charCodeAt(i)
    if (expected === ANY_CODE) at += isPair(url, at) ? 2 : 1
    else if (expected === lowerCode(url, at)) at++
    else return
  }
  descend(branch, url, at, found)
}

function lowerCode(text: string, at: number): number {
  const code = text.charCodeAt(at)
  return code >= 65 && code <= 90 ? code + 32 : code
}

/** Whether one code point takes two places here. */
function isPair(text: string, at: number): boolean {
  const code = text.charCodeAt(at)
  if (code < 0xd800 || code > 0xdbff) return false
  const next = text.charCodeAt(at + 1)
  return next >= 0xdc00 && next <= 0xdfff
}

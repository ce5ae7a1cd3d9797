/** Walks a pattern code point by code point; what stood between `\Q` and `\E` is marked, it never has a special meaning. */
export class Reader {
  readonly #text: string
  /** Where a place of the text is not a code point: with surrogates, or something quoted. */
  readonly #codes: readonly number[] | undefined
  readonly #length: number
  #quoted: readonly boolean[] | undefined
  #at = 0

  constructor(text: string) {
    this.#text = text
    if (text.includes('\\Q')) this.#codes = this.#unquote(text)
    else if (/[\ud800-\udfff]/.test(text)) this.#codes = Array.from(text, (character) => character.codePointAt(0) as number)
    this.#length = this.#codes?.length ?? text.length
  }

  #codeAt(at: number): number {
    if (at >= this.#length) return -1
    return this.#codes ? (this.#codes[at] as number) : this.#text.charCodeAt(at)
  }

  #unquote(text: string): readonly number[] {
    const codes: number[] = []
    const quoted: boolean[] = []
    let inside = false
    for (let i = 0; i < text.length; ) {
      if (text.startsWith(inside ? '\\E' : '\\Q', i)) {
        inside = !inside
        i += 2
        continue
      }
      const code = text.codePointAt(i) as number
      codes.push(code)
      quoted.push(inside)
      i += code > 0xffff ? 2 : 1
      // The character after a backslash is part of the escape: `\\Q` is an escaped backslash and a Q.
      if (!inside && code === 92 && i < text.length) {
        const escaped = text.codePointAt(i) as number
        codes.push(escaped)
        quoted.push(false)
        i += escaped > 0xffff ? 2 : 1
      }
    }
    this.#quoted = quoted
    return codes
  }

  get position(): number {
    return this.#at
  }

  get atEnd(): boolean {
    return this.#at >= this.#length
  }

  /** The code point here; only after asking `atEnd`. */
  peek(): number {
    return this.#codeAt(this.#at)
  }

  peekAfter(): number {
    return this.#codeAt(this.#at + 1)
  }

  next(): number {
    return this.#codeAt(this.#at++)
  }

  back(): void {
    this.#at--
  }

  /** Whether this character stands here with its special meaning. */
  sees(character: string): boolean {
    return this.#codeAt(this.#at) === character.charCodeAt(0) && !this.#quoted?.[this.#at]
  }

  seesAfter(character: string): boolean {
    return this.#codeAt(this.#at + 1) === character.charCodeAt(0) && !this.#quoted?.[this.#at + 1]
  }

  take(character: string): boolean {
    if (!this.sees(character)) return false
    this.#at++
    return true
  }

  /** Blanks and `#…` to the end of the line, for the flag `x`. */
  skipComments(): void {
    while (!this.atEnd && !this.#quoted?.[this.#at]) {
      const code = this.peek()
      if (code === 35) while (!this.atEnd && ![10, 13, 0x85, 0x2028, 0x2029].includes(this.peek())) this.#at++
      else if (code === 32 || (code >= 9 && code <= 13)) this.#at++
      else return
    }
  }
}

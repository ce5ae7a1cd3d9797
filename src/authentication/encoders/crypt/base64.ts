/** The letters of crypt(3), in the order of their values. */
export const LETTERS = './0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

/** crypt(3)'s own Base64: `length` characters of a number, low bits first. */
export function crypt64(value: number, length: number): string {
  let text = ''
  for (let rest = value, left = length; left > 0; left--, rest = Math.floor(rest / 64)) text += LETTERS[rest % 64]
  return text
}

/** The number behind one letter, -1 for none of them. */
export const crypt64Value = (letter: string): number => (letter === '' ? -1 : LETTERS.indexOf(letter))

/** Bytes in the order of the method, three to four letters. */
export function crypt64Groups(bytes: Buffer, groups: readonly (readonly number[])[]): string {
  return groups
    .map((group) =>
      crypt64(
        group.reduce((value, index) => value * 256 + (bytes[index] ?? 0), 0),
        group.length + 1,
      ),
    )
    .join('')
}

/** The grounds of the style sheet on which an accent stands, and the least that can be read (WCAG 2.2, 1.4.3). */
const LIGHT = { page: '#eeede9', card: '#ffffff', stone: '#f7f6f3' }
const DARK = { page: '#121413', card: '#1c1f1e', stone: '#181b1a' }
const DEFAULTS: Readonly<Record<string, string>> = {
  '--brand': '#11535c',
  '--on-brand': '#fff',
  '--brand-dark': '#8ccbd1',
  '--on-brand-dark': '#07262b',
}
const LEAST = 4.5

function luminance(hex: string): number {
  const digits = hex.length === 4 ? hex.replace(/[0-9a-f]/gi, '$&$&') : hex
  const [red = 0, green = 0, blue = 0] = [1, 3, 5]
    .map((at) => Number.parseInt(digits.slice(at, at + 2), 16) / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4))
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

/** Contrast of two colours `#rgb` or `#rrggbb`, 1 to 21. */
export function contrast(one: string, other: string): number {
  const [dark = 0, light = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b)
  return (light + 0.05) / (dark + 0.05)
}

/**
 * Which colours of a theme cannot be read on the grounds of the style sheet.
 *
 * @param css The theme's own style sheet. Colours that are not written as `#rgb` or `#rrggbb` are not judged.
 * @returns A sentence for each pair, empty when all is well.
 */
export function contrastProblems(css: string): readonly string[] {
  const colour = (property: string): string | undefined => {
    const written = new RegExp(`${property}\\s*:\\s*([^;}]{1,64})`).exec(css)?.[1]?.trim()
    if (written === undefined) return DEFAULTS[property]
    return /^#(?:[0-9a-f]{3}|[0-9a-f]{6})$/i.test(written) ? written : undefined
  }
  const problems: string[] = []
  const judge = (property: string, ground: string | undefined, name: string) => {
    const ink = colour(property)
    if (ink === undefined || ground === undefined) return
    const found = contrast(ink, ground)
    if (found < LEAST) problems.push(`${property} ${ink} on ${name} ${ground}: contrast ${found.toFixed(2)}, at least ${LEAST} is needed`)
  }
  for (const [name, ground] of Object.entries(LIGHT)) judge('--brand', ground, `the light ${name}`)
  judge('--on-brand', colour('--brand'), '--brand')
  for (const [name, ground] of Object.entries(DARK)) judge('--brand-dark', ground, `the dark ${name}`)
  judge('--on-brand-dark', colour('--brand-dark'), '--brand-dark')
  return problems
}

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { contrast, contrastProblems } from '../../src/views/contrast.ts'

const css = readFileSync(new URL('../../src/views/static/css/castellan.css', import.meta.url), 'utf8')

test('contrast is counted as the guidelines do', () => {
  assert.equal(contrast('#000', '#fff'), 21)
  assert.equal(contrast('#777777', '#777'), 1)
  assert.equal(contrast('#767676', '#ffffff').toFixed(2), '4.54')
})

test('our own accents can be read on every ground, and the grounds that are judged are those of the style sheet', () => {
  assert.deepEqual(contrastProblems(css), [])
  for (const ground of [
    '--ground: #eeede9',
    '--stone: #f7f6f3',
    '--card: #fff',
    '--ground: #121413',
    '--card: #1c1f1e',
    '--stone: #181b1a',
  ]) {
    assert.ok(css.includes(ground), ground)
  }
})

test('a theme is told which pair cannot be read', () => {
  const problems = contrastProblems(':root { --brand: #ffd500; --on-brand: #fff; --brand-dark:#222 }')
  assert.match(problems.join('\n'), /--brand #ffd500 on the light card #ffffff: contrast 1\.\d\d, at least 4\.5 is needed/)
  assert.match(problems.join('\n'), /--on-brand #fff on --brand #ffd500/)
  assert.match(problems.join('\n'), /--brand-dark #222 on the dark card/)
  assert.deepEqual(contrastProblems(':root { --brand: #7b1e3a; --on-brand: #fff; --brand-dark: #f0a3b8; --on-brand-dark: #33081a }'), [])
  assert.deepEqual(contrastProblems(':root { --brand: oklch(40% .1 20) }'), [])
})

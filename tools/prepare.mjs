// `npm ci` in a checkout: builds the program, so that `bin/castellan` starts sooner. Where that cannot be, for want of the tools of development or of the right
// to write, it runs the sources as they are.
if (!['pack', 'publish'].includes(process.env.npm_command ?? '')) {
  try {
    const { bundle } = await import('./bundle.mjs')
    await bundle()
  } catch (error) {
    console.error(`castellan: not built, starts will be slower: ${error.message}`)
  }
}

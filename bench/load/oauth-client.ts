/** The client of the OAuth figures, the same at every server that is measured. */
export const BENCH_CLIENT = 'bench'
export const BENCH_SECRET = 'secret-of-the-bench-0123456789abcdef'
export const BENCH_REDIRECT = 'https://bench.example.org/cb'

/** One line of the table that `npm run bench` prints. */
export interface Row {
  readonly what: string
  readonly measured: string
  readonly goal?: string
  readonly atLeast?: string
  /** Against the goal and the least. Absent where there is none. */
  readonly verdict?: 'goal' | 'at least' | 'missed'
}

/** A question of the bench: it starts what it needs, measures and says what came out. */
export interface Question {
  readonly id: string
  readonly about: string
  ask(): Promise<readonly Row[]>
}

export const judge = (value: number, goal: number, atLeast: number): NonNullable<Row['verdict']> =>
  value <= goal ? 'goal' : value <= atLeast ? 'at least' : 'missed'

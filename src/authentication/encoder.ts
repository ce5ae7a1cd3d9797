/** Checks and makes stored passwords of one kind (authentication.md 5). */
export interface PasswordEncoder {
  /** Never throws for a stored value of another form: that is no match. @throws {Unavailable} when too many wait. */
  matches(raw: string, encoded: string): Promise<boolean>
  encode(raw: string): Promise<string>
}

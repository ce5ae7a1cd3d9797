/** One value of an attribute. Names of attributes are case-sensitive, values always come as lists. */
export type AttributeValue = string | number | boolean
export type Attributes = Readonly<Record<string, readonly AttributeValue[]>>

/** The authenticated user as handlers and resolvers made it. What an application gets to see of it, its definition decides. */
export interface Principal {
  readonly id: string
  readonly attributes: Attributes
}

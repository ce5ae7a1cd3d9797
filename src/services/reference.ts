/** What is known of definitions, for the pages and the JSON Schema that are generated of it. No part of a server that runs: `index.ts` is the door. */
export type { Field, Fields, PolicyClass, Role } from './definitions/fields/field.ts'
export { KNOWN_PROPERTIES } from './definitions/fields/properties.ts'
export { definitionsJsonSchema } from './definitions/json-schema.ts'
export { DEFINITION_CLASSES, ROLES } from './definitions/vocabulary.ts'

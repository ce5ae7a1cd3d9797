import type { ServicesConfig } from './config.ts'
import { writableDirectory } from './registry/json/location.ts'

/** The directory that definitions are written to, which all servers share; `undefined`: there is none, as with a clone of git. It need not exist yet. */
export const definitionsDirectory = ({ cas }: ServicesConfig): string | undefined => {
  const { git, json, yaml } = cas.serviceRegistry
  if (git.repositoryUrl !== undefined && git.repositoryUrl.trim() !== '') return undefined
  return writableDirectory(json.location) ?? writableDirectory(yaml.location)
}

import type { Contact } from '../../notifications/index.ts'
import { isObject } from '../definitions/members.ts'
import type { RegisteredService } from '../registered-service.ts'

/** More contacts than anybody has: the rest of a longer list is not told. */
const MOST = 100
const LONGEST = 1000

/** The people in charge of an application, as its definition has them (services.md 5.6). */
export function contactsOf({ definition }: RegisteredService): readonly Contact[] {
  const contacts = definition['contacts']
  if (!Array.isArray(contacts)) return []
  return contacts.slice(0, MOST).flatMap((contact): Contact[] => {
    if (!isObject(contact)) return []
    const text = (name: string) => {
      const value = contact[name]
      return typeof value === 'string' || typeof value === 'number' ? String(value).slice(0, LONGEST) : ''
    }
    return [{ name: text('name'), email: text('email'), phone: text('phone') }]
  })
}

/**
 * Every provider of SMS that can be chosen by settings, in the order in which they are asked (notifications.md 5). The name is the one below
 * `cas.sms-provider`. A further one is a file in this folder and a line here.
 */
import { rest } from './rest.ts'
import { groovy } from './script.ts'
import { twilio } from './twilio.ts'

export const smsProviders = { twilio, groovy, rest } as const

/**
 * Views: the pages. It owns markup, messages in every language, themes and static files; steps and protocols choose a `View` and hand it data.
 */
export { localeCookieName, type ViewsConfig, viewsConfig } from './config.ts'
export type { ApplicationProps, FormState, LoginProps, Message, PageContext, RenderedPage, SignedInProps, View, Views } from './view.ts'
export { createViews, type ViewsOptions } from './views.ts'

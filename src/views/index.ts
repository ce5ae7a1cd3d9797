/**
 * Views: the pages. It owns markup, messages in every language, themes and static files; steps and protocols choose a `View` and hand it data.
 */

export { localeCookieName, type ViewsConfig, viewsConfig } from './config.ts'
export { html, type Markup } from './markup.ts'
export type {
  ApplicationProps,
  ApprovalProps,
  DeviceConfirmProps,
  DeviceForm,
  DeviceFormProps,
  FormState,
  InterruptProps,
  LoginProps,
  Message,
  OperatorText,
  PageContext,
  RenderedPage,
  SignedInProps,
  TextFormat,
  View,
  Views,
} from './view.ts'
export { createViews, type ViewsOptions } from './views.ts'

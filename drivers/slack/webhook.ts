// The library, in a module that is loaded when the first message is sent: of a CommonJS module that is imported then, a
// bundle gives no names.
export { IncomingWebhook } from "@slack/webhook";

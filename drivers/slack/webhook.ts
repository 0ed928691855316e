// The webhook library, in its own module, which is loaded with the first message. A bundle gives no names to a
// dynamically imported CommonJS module, so this module names them.
export { IncomingWebhook } from "@slack/webhook";

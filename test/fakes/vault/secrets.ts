// Stand-ins for keys, shares and messages in the fake of Vault. They have the right form and are not secret.

/** Like a share that Vault prints: 33 bytes in hex. */
export function shareOf(index: number): string {
  return `${"5a".repeat(32)}${(index + 1).toString(16).padStart(2, "0")}`;
}

export function isShareLike(text: string): boolean {
  const bytes = /^([\da-f]{2})+$/i.test(text) ? text.length / 2 : Buffer.from(text, "base64").length;
  return bytes >= 16 && bytes <= 33;
}

/** Whether the first byte begins a PGP packet with a public key. `text` is base64. */
export function isPublicKey(text: string): boolean {
  const [first = 0] = Buffer.from(text, "base64");
  return first === 0xc6 || (first >= 0x98 && first <= 0x9b);
}

const MARK = "for the holder of the key: ";

export function fakeMessage(text: string): string {
  return Buffer.from(`${MARK}${text}`).toString("base64");
}

export function fromFakeMessage(message: string): string {
  const text = Buffer.from(message, "base64").toString();
  if (!text.startsWith(MARK)) throw new Error("this message was not made by fakeMessage");
  return text.slice(MARK.length);
}

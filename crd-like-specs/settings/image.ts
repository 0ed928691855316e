// The name of a container image, as Docker accepts it: `vault`, `hashicorp/vault:1.19`, `registry:5000/vault@sha256:…`.
import type { Field } from "./field.ts";
import { quoted, scalarField } from "./field.ts";

/** The grammar of image references in the distribution project, including host and digest. */
const IMAGE =
  /^([\w.-]+(:\d+)?\/)?[a-z0-9]+([._-]+[a-z0-9]+)*(\/[a-z0-9]+([._-]+[a-z0-9]+)*)*(:\w[\w.-]{0,127})?(@sha256:[0-9a-f]{64})?$/;

export function image(description: string, fallback: string): Field<string> {
  const expected = `use NAME[:TAG][@sha256:DIGEST], such as ${fallback}`;
  return scalarField({
    description,
    default: fallback,
    expected,
    schema: { type: "string", pattern: IMAGE.source },
    read: text =>
      text.length <= 512 && IMAGE.test(text)
        ? { value: text }
        : { message: `${quoted(text)} is not an image name`, expected },
  });
}

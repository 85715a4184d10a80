/** As much as a form here or a logout token has, in bytes. */
const MAX_FORM_BYTES = 16 * 1024;

/** A request with a body. */
export interface FormRequest extends AsyncIterable<unknown> {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/** The fields of a form; undefined if it is not a form, or too large. */
export async function readForm(request: FormRequest): Promise<URLSearchParams | undefined> {
  if (!/^application\/x-www-form-urlencoded(;|$)/i.test(String(request.headers['content-type'] ?? '')))
    return undefined;
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request) {
    const bytes = chunk as Buffer;
    length += bytes.length;
    if (length > MAX_FORM_BYTES) return undefined;
    chunks.push(bytes);
  }
  return new URLSearchParams(Buffer.concat(chunks).toString('utf8'));
}

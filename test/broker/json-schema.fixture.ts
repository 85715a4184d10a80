type Json = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const IS_TYPE: Readonly<Record<string, (value: unknown) => boolean>> = {
  object: isObject,
  array: Array.isArray,
  string: (value) => typeof value === 'string',
  number: (value) => typeof value === 'number',
  integer: Number.isInteger,
  boolean: (value) => typeof value === 'boolean',
  null: (value) => value === null,
};

/** What the keywords that follow say nothing about what is valid, or are looked at below. */
const KNOWN = new Set([
  '$ref',
  'type',
  'enum',
  'properties',
  'required',
  'additionalProperties',
  'propertyNames',
  'items',
  'minLength',
  'maxLength',
  'pattern',
  'format',
  'minimum',
  'maximum',
  'default',
  'description',
  'anyOf',
  'const',
]);

/**
 * What in `value` does not fit a schema of an OpenAPI 3.1 document, as far as ours go: a keyword that is not known here is a
 * fault, so that nothing passes unseen.
 */
export function schemaFaults(value: unknown, schema: Json, components: Json, at = ''): string[] {
  const { $ref, type, enum: values, properties = {}, required = [], additionalProperties, items, pattern } = schema;
  if (typeof $ref === 'string') {
    const named = components[$ref.replace('#/components/schemas/', '')];
    return isObject(named) ? schemaFaults(value, named, components, at) : [`${at}: ${$ref} is nowhere`];
  }
  const odd = Object.keys(schema).filter((keyword) => !KNOWN.has(keyword));
  if (odd.length > 0) return [`${at}: the keyword ${odd.join()} is not known`];
  if (typeof type === 'string' && IS_TYPE[type]?.(value) !== true) return [`${at}: is no ${type}`];
  if (Array.isArray(values) && !values.includes(value)) return [`${at}: is none of ${values.join()}`];
  if (Array.isArray(value)) {
    return isObject(items) ? value.flatMap((one, i) => schemaFaults(one, items, components, `${at}[${i}]`)) : [];
  }
  if (isObject(value)) {
    const known = properties as Readonly<Record<string, Json>>;
    const missing = (required as readonly string[]).filter((name) => !(name in value));
    return [
      ...missing.map((name) => `${at}.${name}: is missing`),
      ...Object.entries(value).flatMap(([name, held]) => {
        const field = known[name] ?? additionalProperties;
        if (field === false) return [`${at}.${name}: is not described`];
        return isObject(field) ? schemaFaults(held, field, components, `${at}.${name}`) : [];
      }),
    ];
  }
  if (typeof value === 'string' && typeof pattern === 'string' && !new RegExp(pattern, 'u').test(value)) {
    return [`${at}: ${JSON.stringify(value)} does not fit ${pattern}`];
  }
  return [];
}

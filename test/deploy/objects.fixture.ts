import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Ajv, type ValidateFunction } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { parseAllDocuments } from 'yaml';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** A Kubernetes object, as far as the checks look into it. */
export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  // oxlint-disable-next-line typescript/no-explicit-any -- The schemas say what is in it, not the compiler.
  readonly [field: string]: any;
}

/** All objects of a text of YAML documents; a text that is no YAML is an error. */
export function readObjects(text: string): KubernetesObject[] {
  return parseAllDocuments(text).flatMap((document) => {
    if (document.errors.length > 0) throw new Error(document.errors.map(String).join('\n'));
    const object = document.toJS() as KubernetesObject | null;
    return object === null ? [] : [object];
  });
}

/** Those of all .yaml files in a folder. */
export function objectsIn(folder: string): KubernetesObject[] {
  const files = readdirSync(folder).filter((name) => name.endsWith('.yaml') && name !== 'kustomization.yaml');
  return files.flatMap((name) => readObjects(readFileSync(join(folder, name), 'utf8')));
}

export const nameOf = ({ kind, metadata }: KubernetesObject): string => `${kind} ${metadata.name}`;

interface Kinds {
  readonly version?: string;
  readonly kinds: Readonly<Record<string, object>>;
  readonly definitions: Readonly<Record<string, object>>;
}

const ajv = new Ajv({ strict: false, allErrors: true });
const readSchema = (name: string): unknown => JSON.parse(readFileSync(join(ROOT, 'test/deploy/schemas', name), 'utf8'));

/** What Kubernetes' API of one version, and the kinds that others define, would say of objects. */
export class ObjectSchemas {
  readonly #validators = new Map<string, ValidateFunction>();

  private constructor(private readonly sources: readonly Kinds[]) {}

  /** @param age of the supported versions */
  static of(age: 'oldest' | 'newest'): ObjectSchemas {
    return new ObjectSchemas([readSchema(`kubernetes-${age}.json`), readSchema('custom.json')] as Kinds[]);
  }

  /** What is wrong with an object, each with its name and path. */
  faults(object: KubernetesObject): string[] {
    const validate = this.#validator(`${object.apiVersion} ${object.kind}`);
    if (validate === undefined) return [`${nameOf(object)}: there is no ${object.apiVersion} ${object.kind}`];
    if (validate(object)) return [];
    return (validate.errors ?? []).map(({ instancePath, message, params }) => {
      return `${nameOf(object)}: ${instancePath} ${message} ${JSON.stringify(params)}`;
    });
  }

  #validator(kind: string): ValidateFunction | undefined {
    const known = this.#validators.get(kind);
    const source = this.sources.find(({ kinds }) => kind in kinds);
    if (known !== undefined || source === undefined) return known;
    const validate = ajv.compile({ ...source.kinds[kind], definitions: source.definitions });
    this.#validators.set(kind, validate);
    return validate;
  }
}

/** What is wrong with a value by a JSON Schema in a file of the repository. */
export function schemaFaults(schema: object, value: unknown): string[] {
  const isNew = JSON.stringify(schema).includes('/2020-12/schema');
  const validate = (isNew ? new Ajv2020({ strict: false, allErrors: true }) : ajv).compile(schema);
  if (validate(value)) return [];
  return (validate.errors ?? []).map(({ instancePath, message, params }) => {
    return `${instancePath} ${message} ${JSON.stringify(params)}`;
  });
}

/** The schema of compose.yaml, as the Compose specification publishes it. */
export const composeSchema = (): object => (readSchema('compose.json') as { schema: object }).schema;

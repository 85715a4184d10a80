import { nameOf, type KubernetesObject } from './objects.fixture.js';

/** A rule that objects must keep: answers what breaks it. */
type Rule = (object: KubernetesObject, all: readonly KubernetesObject[]) => string[];

// oxlint-disable-next-line typescript/no-explicit-any -- As in KubernetesObject.
type Fields = any;
type Labels = Readonly<Record<string, string>>;

/** What is wrong with objects that would be applied together, each with the object's name. */
export function policyFaults(objects: readonly KubernetesObject[]): string[] {
  return objects.flatMap((object) =>
    RULES.flatMap((rule) => rule(object, objects).map((fault) => `${nameOf(object)}: ${fault}`)),
  );
}

function podOf({ kind, spec }: KubernetesObject): { labels: Labels; spec: Fields } | undefined {
  if (kind === 'Pod') return { labels: {}, spec };
  return spec?.template?.spec === undefined
    ? undefined
    : { labels: spec.template.metadata.labels, spec: spec.template.spec };
}

/** Names what does not hold. */
const unless = (claims: Readonly<Record<string, boolean>>): string[] =>
  Object.entries(claims).flatMap(([claim, holds]) => (holds ? [] : [`not so: ${claim}`]));

/** Pod Security "restricted", and more than that. */
const restricted: Rule = (object) => {
  const pod = podOf(object)?.spec;
  if (pod === undefined) return [];
  const volumes: Fields[] = pod.volumes ?? [];
  const allowed = new Set(['name', 'configMap', 'emptyDir', 'secret', 'projected']);
  return [
    ...unless({
      'is not root': pod.securityContext?.runAsNonRoot === true && pod.securityContext.runAsUser > 0,
      'has the default seccomp profile': pod.securityContext?.seccompProfile?.type === 'RuntimeDefault',
      'shares nothing with its node': !pod.hostNetwork && !pod.hostPID && !pod.hostIPC,
      'mounts nothing of its node': volumes.every((volume) => Object.keys(volume).every((key) => allowed.has(key))),
      'gets no variables of services': pod.enableServiceLinks === false,
    }),
    ...pod.containers.flatMap(({ securityContext: its }: Fields) =>
      unless({
        'gains no rights': its?.allowPrivilegeEscalation === false && its.privileged !== true,
        'has no capability': its?.capabilities?.drop?.includes('ALL') === true && its.capabilities.add === undefined,
        'writes to no root file system': its?.readOnlyRootFilesystem === true,
      }),
    ),
  ];
};

const containers: Rule = (object) =>
  (podOf(object)?.spec.containers ?? []).flatMap(({ image, resources }: Fields) =>
    unless({
      [`${image} has a version`]: /:[^/:]+$/.test(image) && !image.endsWith(':latest'),
      'requests CPU and memory': Boolean(resources?.requests?.cpu) && Boolean(resources.requests.memory),
      'has a limit of memory': Boolean(resources?.limits?.memory),
    }),
  );

/** Only the Job that makes the Secret speaks to Kubernetes' API. */
const tokens: Rule = (object) => {
  const spec = object.kind === 'ServiceAccount' ? object : podOf(object)?.spec;
  if (spec === undefined || object.kind === 'Job') return [];
  return unless({ 'gets no token of its account': spec.automountServiceAccountToken === false });
};

const leastRole: Rule = ({ kind, rules }) =>
  kind !== 'Role'
    ? []
    : unless({
        'may create Secrets and nothing else':
          JSON.stringify(rules) === JSON.stringify([{ apiGroups: [''], resources: ['secrets'], verbs: ['create'] }]),
      });

/** Servers are asked whether they are ready, outlast their drain, and are not all evicted at once. */
const servers: Rule = (object, all) => {
  const pod = podOf(object);
  const [container] = pod?.spec.containers ?? [];
  if (object.kind !== 'Deployment' || pod === undefined || container.name === 'redis') return [];
  const env = (name: string): string | undefined =>
    container.env.find((one: { name: string; value?: string }) => one.name === name)?.value;
  const needed = Number(env('SHIPMATE_DRAIN_SECONDS') ?? 0) + container.lifecycle.preStop.sleep.seconds + 10;
  return unless({
    'is ready by its own word': container.readinessProbe.httpGet.path === '/readyz',
    'lives by its own word': container.livenessProbe.httpGet.path === '/healthz',
    'may outlast its drain': pod.spec.terminationGracePeriodSeconds >= needed,
    'has a disruption budget': all.some(
      ({ kind, spec }) => kind === 'PodDisruptionBudget' && selects(spec.selector.matchLabels, pod.labels),
    ),
    'is kept apart from its like': pod.spec.topologySpreadConstraints.length > 0,
  });
};

const selects = (selector: Labels, labels: Labels): boolean =>
  Object.entries(selector).every(([key, value]) => labels[key] === value);

/** Whatever selects pods selects some; a Service's ports are there. */
const selectors: Rule = ({ kind, spec }, all) => {
  const selector: Labels | undefined =
    kind === 'Service'
      ? spec.selector
      : kind === 'PodDisruptionBudget' || kind === 'Deployment'
        ? spec.selector.matchLabels
        : kind === 'NetworkPolicy'
          ? spec.podSelector.matchLabels
          : undefined;
  if (selector === undefined) return [];
  const pods = all.flatMap((object) => podOf(object) ?? []).filter(({ labels }) => selects(selector, labels));
  const portsOf = (pod: Fields): Fields[] => pod.containers.flatMap((one: Fields) => one.ports ?? []);
  // Each pod, not one of them: a connection to the others would be refused.
  const missing = (spec.ports ?? []).filter(({ targetPort }: Fields) =>
    pods.some((pod) => !portsOf(pod.spec).some(({ name }: Fields) => name === targetPort)),
  );
  return [
    ...unless({ [`selects pods by ${JSON.stringify(selector)}`]: pods.length > 0 }),
    ...missing.map(({ targetPort }: Fields) => `its pods have no port ${targetPort}`),
  ];
};

/** Redis and the brokers' internal port are for ours alone; probes and metrics are nobody's outside. */
const reach: Rule = ({ kind, spec }) => {
  const routes: string[] =
    kind === 'Ingress'
      ? spec.rules.flatMap(({ http }: Fields) => http.paths.map(({ path }: Fields) => path))
      : kind === 'HTTPRoute'
        ? spec.rules.flatMap(({ matches }: Fields) => matches.map(({ path }: Fields) => path.value))
        : [];
  const open = (kind === 'NetworkPolicy' ? (spec.ingress ?? []) : []).filter(
    ({ ports, from }: Fields) =>
      ports.some(({ port }: Fields) => port === 'redis' || port === 'internal') &&
      !from?.every(({ podSelector }: Fields) => podSelector?.matchLabels !== undefined),
  );
  const isOpenToAll = (kind === 'NetworkPolicy' ? (spec.ingress ?? []) : []).some(
    ({ ports, from }: Fields) => ports.some(({ port }: Fields) => port === 'http') && (from ?? []).length === 0,
  );
  return unless({
    'lets only whom it names to the port with the metrics': !isOpenToAll,
    'says what its pods may reach': kind !== 'NetworkPolicy' || spec.policyTypes.includes('Egress'),
    'leads to no probe and no metrics': !routes.some((path) => /^\/(metrics|healthz|readyz|internal)/.test(path)),
    'leads to nothing by all paths': !routes.some((path, at) => path === '/' && typeAt(kind, spec, at) !== 'Exact'),
    'lets only ours to Redis and to the internal port': open.length === 0,
  });
};

const typeAt = (kind: string, spec: Fields, at: number): string =>
  kind === 'Ingress'
    ? spec.rules.flatMap(({ http }: Fields) => http.paths)[at].pathType
    : spec.rules.flatMap(({ matches }: Fields) => matches)[at].path.type;

/** No secret stands in an object but in a Secret. */
const secrets: Rule = (object) => [
  ...(object.kind === 'Secret' || !/rediss?:\/\/[^$"]*:[^$"]+@/.test(JSON.stringify(object))
    ? []
    : ['a password stands in it']),
  // Kubernetes puts \$(NAME) into arguments, which every process of a machine may read.
  ...(podOf(object)?.spec.containers ?? [])
    .filter(({ command = [], args = [] }: Fields) =>
      /\$\([A-Z_]*(AUTH|PASSWORD|SECRET|TOKEN)/.test(`${command} ${args}`),
    )
    .map(({ name }: Fields) => `a secret is an argument of ${name}`),
];

const RULES: readonly Rule[] = [restricted, containers, tokens, leastRole, servers, selectors, reach, secrets];

export { background } from './background.js';
export { loadConfig, unknownVariables } from './config.js';
export type { Config, Environment, LogConfig } from './config.js';
export type {
  GitHubProviderConfig,
  MachineConfig,
  MachineRule,
  OidcProviderConfig,
  ProviderConfig,
  SignInConfig,
} from './sign-in-config.js';
export { Health } from './health.js';
export type { Check, HealthReport } from './health.js';
export { HttpConnections, MOST_CONNECTIONS, MOST_PER_ADDRESS } from './http-connections.js';
export { isDecodable } from './is-decodable.js';
export { fleetSecret, keptSecret } from './kept-secret.js';
export type { LimitName, LimitsConfig, LimitSetting } from './limits.js';
export { listening } from './listening.js';
export type { ListenPlace } from './listening.js';
export { addressText, createLog } from './log.js';
export type { Log, LogFields, LogSink } from './log.js';
export type { CountMetric, LabelsOf, LevelMetric, SpreadMetric } from './metric.js';
export { Metrics } from './metrics.js';
export type { MetricDoc } from './metrics.js';
export { ExitStatus, runMain } from './run-main.js';
export type { MainContext, MainProcess } from './run-main.js';
export { Secret } from './secret.js';
export { installShutdown } from './shutdown.js';
export type { Closable, ShutdownOptions, ShutdownProcess } from './shutdown.js';
export type { TraceConfig } from './tracing/trace-config.js';
export { openTracing } from './tracing/tracing.js';
export type { Tracing, TracingOptions } from './tracing/tracing.js';
export { SystemClock } from './system-clock.js';
export { packageRoot, version } from './version.js';

{{/*
A "part" is one Deployment with what belongs to it: dict "root" $ "role" "ssh-edge" "region" $region "values" .Values.sshEdge.
*/}}

{{- define "shipmate.fullname" -}}
{{- if contains "shipmate" .Release.Name -}}{{ .Release.Name | trunc 30 | trimSuffix "-" }}
{{- else -}}{{ printf "%s-shipmate" .Release.Name | trunc 30 | trimSuffix "-" }}{{- end -}}
{{- end -}}

{{- define "shipmate.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end -}}

{{/* The name of the Secret with host keys and secrets. */}}
{{- define "shipmate.secretName" -}}
{{ .Values.secrets.existing | default (include "shipmate.fullname" .) }}
{{- end -}}

{{/* Labels of everything. */}}
{{- define "shipmate.labels" -}}
app.kubernetes.io/name: shipmate
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end -}}

{{/* What pods of this release have in common and nothing else has. */}}
{{- define "shipmate.selector" -}}
app.kubernetes.io/name: shipmate
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{/* Whether each region has a Redis of its own: "true" or nothing. All have one or none. */}}
{{- define "shipmate.redisPerRegion" -}}
{{- $own := 0 -}}
{{- range .Values.regions }}{{ if .redis }}{{ $own = add1 $own }}{{ end }}{{ end -}}
{{- if and $own (ne (int $own) (len .Values.regions)) -}}
{{- fail "regions: either each has a redis of its own or none has" -}}
{{- end -}}
{{- if $own -}}true{{- end -}}
{{- end -}}

{{/* Several brokers on one Redis are one: a part of its own for each Redis. */}}
{{- define "shipmate.part.name" -}}
{{- $name := printf "%s-%s" (include "shipmate.fullname" .root) .role -}}
{{- if or (ne .role "broker") (include "shipmate.redisPerRegion" .root) -}}{{ $name }}-{{ .region.name }}{{- else -}}{{ $name }}{{- end -}}
{{- end -}}

{{- define "shipmate.part.selector" -}}
{{ include "shipmate.selector" .root }}
app.kubernetes.io/component: {{ .role }}
{{- if or (ne .role "broker") (include "shipmate.redisPerRegion" .root) }}
shipmate/region: {{ .region.name }}
{{- end }}
{{- end -}}

{{- define "shipmate.part.labels" -}}
{{ include "shipmate.labels" .root }}
app.kubernetes.io/component: {{ .role }}
{{- if or (ne .role "broker") (include "shipmate.redisPerRegion" .root) }}
shipmate/region: {{ .region.name }}
{{- end }}
{{- end -}}

{{- define "shipmate.metadata" -}}
name: {{ include "shipmate.part.name" . }}
labels:
  {{- include "shipmate.part.labels" . | nindent 2 }}
{{- end -}}

{{/* Pod Security "restricted", and a root file system that cannot be written to. */}}
{{- define "shipmate.podSecurity" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
fsGroup: 65532
seccompProfile: { type: RuntimeDefault }
{{- end -}}

{{- define "shipmate.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: { drop: [ALL] }
{{- end -}}

{{/* Seconds beyond the drain: until endpoints have forgotten the pod (preStop), and what closing takes. */}}
{{- define "shipmate.preStopSeconds" -}}5{{- end -}}
{{- define "shipmate.graceSeconds" -}}
{{ add (int .Values.settings.drainSeconds) (int (include "shipmate.preStopSeconds" .)) 15 }}
{{- end -}}

{{- define "shipmate.webUrl" -}}
{{ .webUrl | default (printf "https://%s" .webHost) }}
{{- end -}}

{{/* Before anything else of a release, in the order of the weight that is given. */}}
{{- define "shipmate.hook" -}}
helm.sh/hook: pre-install,pre-upgrade
helm.sh/hook-weight: {{ . | quote }}
helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded
{{- end -}}

{{/* The name of the ConfigMap with the operator's policy; nothing if there is none. */}}
{{- define "shipmate.policyConfigMap" -}}
{{- with .Values.policy -}}
{{- if and .text .existingConfigMap.name -}}{{- fail "policy: text and existingConfigMap exclude each other" -}}{{- end -}}
{{- if .text -}}{{ include "shipmate.fullname" $ }}-policy{{- else -}}{{ .existingConfigMap.name }}{{- end -}}
{{- end -}}
{{- end -}}

{{/* Whether the web edges do TLS themselves: "true" or nothing. */}}
{{- define "shipmate.ownTls" -}}
{{- with .Values.webEdge -}}
{{- if or .tls.secret .tls.acme.enabled -}}
{{- if and .tls.secret .tls.acme.enabled -}}{{- fail "webEdge.tls: secret and acme exclude each other" -}}{{- end -}}
{{- if or .ingress.enabled .gateway.enabled .certManager.enabled -}}
{{- fail "webEdge: tls is for web edges that people reach without an ingress, gateway or certManager" -}}
{{- end -}}
true
{{- end -}}
{{- end -}}
{{- end -}}

{{/* Whether brokers can be reached at the web host: "true" or nothing. */}}
{{- define "shipmate.brokerOutside" -}}
{{- if or .Values.broker.public .Values.signIn.machines.issuers -}}true{{- end -}}
{{- end -}}

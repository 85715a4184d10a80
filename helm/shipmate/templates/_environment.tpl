{{/* Where a Redis URL is read from: dict "root" $ "redis" .Values.redis "region" "" (or the region that has it for itself). */}}
{{- define "shipmate.redisSource" -}}
{{- $existing := .redis.existingSecret | default dict -}}
{{- if $existing.name -}}
valueFrom: { secretKeyRef: { name: {{ $existing.name }}, key: {{ $existing.key | default "url" }} } }
{{- else if .redis.url -}}
valueFrom: { secretKeyRef: { name: {{ include "shipmate.fullname" .root }}-redis-url, key: {{ .region | default "shared" }} } }
{{- else -}}
{{- fail (printf "redis%s: give url or existingSecret.name, or set redis.bundled.enabled to try things" (.region | default "" | printf " %s" | trimSuffix " ")) -}}
{{- end -}}
{{- end -}}

{{/* REDIS_URL_NYC1 for nyc1. */}}
{{- define "shipmate.redisVariable" -}}
REDIS_URL_{{ . | upper | replace "-" "_" }}
{{- end -}}

{{- define "shipmate.redisEnvironment" -}}
{{- $root := . -}}
{{- if include "shipmate.redisPerRegion" . -}}
{{- $list := list -}}
{{- range concat .Values.regions .Values.otherRegions }}
- name: {{ include "shipmate.redisVariable" .name }}
  {{- include "shipmate.redisSource" (dict "root" $root "redis" .redis "region" .name) | nindent 2 }}
{{- $list = append $list (printf "%s=$(%s)" .name (include "shipmate.redisVariable" .name)) }}
{{- end }}
- name: SHIPMATE_REDIS_REGIONS
  value: {{ join "," $list | quote }}
{{- else if .Values.redis.bundled.enabled }}
- name: REDIS_PASSWORD
  valueFrom: { secretKeyRef: { name: {{ include "shipmate.secretName" . }}, key: redis-password } }
- name: SHIPMATE_REDIS_URL
  value: redis://:$(REDIS_PASSWORD)@{{ include "shipmate.fullname" . }}-redis:6379
{{- else }}
- name: SHIPMATE_REDIS_URL
  {{- include "shipmate.redisSource" (dict "root" . "redis" .Values.redis "region" "") | nindent 2 }}
{{- end }}
{{- if .Values.redis.cluster }}
- name: SHIPMATE_REDIS_CLUSTER
  value: 'true'
{{- end }}
{{- end -}}

{{/* The environment of a part. */}}
{{- define "shipmate.environment" -}}
{{- $values := .root.Values -}}
{{- $secret := include "shipmate.secretName" .root -}}
- name: SHIPMATE_REGION
  value: {{ .region.name }}
{{- include "shipmate.redisEnvironment" .root }}
- name: SHIPMATE_SECRET
  valueFrom: { secretKeyRef: { name: {{ $secret }}, key: secret } }
# While SHIPMATE_SECRET changes: the next or the previous one (docs/operations.md).
- name: SHIPMATE_ACCEPTED_SECRETS
  valueFrom: { secretKeyRef: { name: {{ $secret }}, key: accepted-secrets, optional: true } }
{{- if eq .role "broker" }}
- name: SHIPMATE_ADMIN_TOKEN
  valueFrom: { secretKeyRef: { name: {{ $secret }}, key: admin-token } }
{{- else }}
- name: SHIPMATE_BROKER_URL
  value: http://{{ include "shipmate.part.name" (merge (dict "role" "broker") .) }}:8079
- name: SHIPMATE_SSH_HOST
  value: {{ .region.sshHost | quote }}
- name: SHIPMATE_SSH_PUBLIC_PORT
  value: {{ .region.sshPort | default $values.sshEdge.service.port | quote }}
- name: SHIPMATE_WEB_URL
  value: {{ include "shipmate.webUrl" .region }}
- name: SHIPMATE_HOST_KEYS_DIR
  value: /etc/shipmate/keys
- name: SHIPMATE_PROXY_PROTOCOL
  value: {{ $values.sshEdge.proxyProtocol | quote }}
- name: SHIPMATE_REQUIRE_AUTHORIZED_KEYS
  value: {{ $values.settings.requireAuthorizedKeys | quote }}
- name: SHIPMATE_DRAIN_SECONDS
  value: {{ $values.settings.drainSeconds | quote }}
{{- with $values.settings.openNames }}
- name: SHIPMATE_OPEN_NAMES
  value: {{ . | quote }}
{{- end }}
{{- if $values.settings.hostAuthorizedKeys }}
- name: SHIPMATE_HOST_AUTHORIZED_KEYS
  value: /etc/shipmate/hosts/authorized_keys
{{- end }}
{{- end }}
{{- with $values.settings.trustedProxies }}
- name: SHIPMATE_TRUSTED_PROXIES
  value: {{ join "," . | quote }}
{{- end }}
{{- with $values.settings.allowFrom }}
- name: SHIPMATE_ALLOW_FROM
  value: {{ join "," . | quote }}
{{- end }}
{{- with $values.settings.denyFrom }}
- name: SHIPMATE_DENY_FROM
  value: {{ join "," . | quote }}
{{- end }}
{{- with $values.settings.limits }}
{{- $limits := list }}
{{- range $name, $value := . }}
{{- $limits = append $limits (printf "%s=%v" $name $value) }}
{{- end }}
- name: SHIPMATE_LIMITS
  value: {{ join "," $limits | quote }}
{{- end }}
- name: SHIPMATE_HOST_GRACE_SECONDS
  value: {{ $values.settings.hostGraceSeconds | quote }}
- name: SHIPMATE_LOG_LEVEL
  value: {{ $values.settings.logLevel }}
{{- include "shipmate.signInEnvironment" .root }}
{{- if include "shipmate.policyConfigMap" .root }}
- name: SHIPMATE_POLICY_FILE
  value: /etc/shipmate/policy/policy.yaml
{{- end }}
{{- if eq .role "web-edge" }}
{{- include "shipmate.tlsEnvironment" . }}
{{- end }}
{{- with $values.tracing }}
{{- if .endpoint }}
- name: OTEL_EXPORTER_OTLP_ENDPOINT
  value: {{ .endpoint | quote }}
- name: OTEL_EXPORTER_OTLP_PROTOCOL
  value: {{ .protocol }}
- name: OTEL_TRACES_SAMPLER
  value: parentbased_traceidratio
- name: OTEL_TRACES_SAMPLER_ARG
  value: {{ .ratio | quote }}
{{- if .headersSecret.name }}
- name: OTEL_EXPORTER_OTLP_HEADERS
  valueFrom: { secretKeyRef: { name: {{ .headersSecret.name }}, key: {{ .headersSecret.key | default "headers" }} } }
{{- end }}
{{- end }}
{{- end }}
- name: SHIPMATE_DATA_DIR
  value: /tmp/shipmate
{{- with $values.settings.extraEnv }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* Who signs in, and where. All processes have the same. */}}
{{- define "shipmate.signInEnvironment" -}}
{{- with .Values.signIn }}
- name: SHIPMATE_SIGN_IN
  value: {{ .required }}
{{- with .countsFor }}
- name: SHIPMATE_SIGN_IN_FOR
  value: {{ . | quote }}
{{- end }}
{{- with .rememberKeys }}
- name: SHIPMATE_REMEMBER_KEYS
  value: {{ . | quote }}
{{- end }}
{{- $names := list }}
{{- range .providers }}
{{- $names = append $names .name }}
{{- $variable := printf "SHIPMATE_OIDC_%s" (.name | upper | replace "-" "_") }}
- name: {{ $variable }}_ISSUER
  value: {{ .issuer | quote }}
- name: {{ $variable }}_CLIENT_ID
  value: {{ .clientId | quote }}
- name: {{ $variable }}_CLIENT_SECRET
  valueFrom: { secretKeyRef: { name: {{ .clientSecret.name }}, key: {{ .clientSecret.key | default "client-secret" }} } }
{{- with .scopes }}
- name: {{ $variable }}_SCOPES
  value: {{ . | quote }}
{{- end }}
{{- with .nameClaim }}
- name: {{ $variable }}_NAME_CLAIM
  value: {{ . | quote }}
{{- end }}
{{- with .groupsClaim }}
- name: {{ $variable }}_GROUPS_CLAIM
  value: {{ . | quote }}
{{- end }}
{{- end }}
{{- with $names }}
- name: SHIPMATE_OIDC_PROVIDERS
  value: {{ join "," . | quote }}
{{- end }}
{{- with .github }}
{{- if .clientId }}
- name: SHIPMATE_GITHUB_CLIENT_ID
  value: {{ .clientId | quote }}
- name: SHIPMATE_GITHUB_CLIENT_SECRET
  valueFrom: { secretKeyRef: { name: {{ required "signIn.github: give clientSecret.name" .clientSecret.name }}, key: {{ .clientSecret.key }} } }
{{- with .scopes }}
- name: SHIPMATE_GITHUB_SCOPES
  value: {{ . | quote }}
{{- end }}
{{- with .url }}
- name: SHIPMATE_GITHUB_URL
  value: {{ . | quote }}
{{- end }}
{{- with .apiUrl }}
- name: SHIPMATE_GITHUB_API_URL
  value: {{ . | quote }}
{{- end }}
{{- end }}
{{- end }}
{{- with .machines }}
{{- if .issuers }}
{{- $issuers := list }}
{{- range $name, $issuer := .issuers }}
{{- $issuers = append $issuers (printf "%s=%s" $name $issuer) }}
{{- end }}
- name: SHIPMATE_JWT_ISSUERS
  value: {{ join "," $issuers | quote }}
- name: SHIPMATE_JWT_RULES
  value: {{ join "," .rules | quote }}
{{- with .audience }}
- name: SHIPMATE_JWT_AUDIENCE
  value: {{ . | quote }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}
{{- end -}}

{{/* How the web edge of a region does TLS itself, if it does. Regions that share a Redis share one certificate. */}}
{{- define "shipmate.tlsEnvironment" -}}
{{- $tls := .root.Values.webEdge.tls -}}
{{- if $tls.secret }}
- name: SHIPMATE_TLS_CERT
  value: /etc/shipmate/tls/tls.crt
- name: SHIPMATE_TLS_KEY
  value: /etc/shipmate/tls/tls.key
{{- else if $tls.acme.enabled }}
{{- $names := list }}
{{- range ternary (list .region) .root.Values.regions (eq (include "shipmate.redisPerRegion" .root) "true") }}
{{- $names = append $names .webHost }}
{{- end }}
- name: SHIPMATE_ACME
  value: 'true'
- name: SHIPMATE_ACME_NAMES
  value: {{ join "," $names | quote }}
{{- with $tls.acme.email }}
- name: SHIPMATE_ACME_EMAIL
  value: {{ . | quote }}
{{- end }}
{{- with $tls.acme.directory }}
- name: SHIPMATE_ACME_DIRECTORY
  value: {{ . | quote }}
{{- end }}
{{- with $tls.acme.externalAccount }}
{{- if .keyId }}
- name: SHIPMATE_ACME_EAB_KEY_ID
  value: {{ .keyId | quote }}
- name: SHIPMATE_ACME_EAB_HMAC_KEY
  valueFrom: { secretKeyRef: { name: {{ required "webEdge.tls.acme.externalAccount: give hmacKey.name" .hmacKey.name }}, key: {{ .hmacKey.key }} } }
{{- end }}
{{- end }}
{{- end }}
{{- end -}}

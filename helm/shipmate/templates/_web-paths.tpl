{{/*
What of a web host leads where; what is not here (/metrics, /healthz) is nobody's outside. As YAML:
paths: [{ path, type: Exact | Prefix, role, socket }]
*/}}
{{- define "shipmate.webPaths" -}}
paths:
  {{- range list "/" "/tmate.conf" "/favicon.svg" "/robots.txt" "/host" "/sign-out" }}
  - { path: {{ . }}, type: Exact, role: web-edge }
  {{- end }}
  {{- range list "/assets" "/t" "/api/t" "/sign-in" "/in" }}
  - { path: {{ . }}, type: Prefix, role: web-edge }
  {{- end }}
  - { path: /ws, type: Prefix, role: web-edge, socket: true }
  - { path: /ssh, type: Exact, role: web-edge, socket: true }
  {{- if .Values.broker.public }}
  - { path: /v1, type: Prefix, role: broker }
  - { path: /operator, type: Exact, role: broker }
  {{- else }}
  {{- /* What hosts' pages call; web edges answer only hosts there. */}}
  - { path: /v1/caller, type: Exact, role: web-edge }
  - { path: /v1/sessions, type: Prefix, role: web-edge }
  {{- if .Values.signIn.machines.issuers }}
  - { path: /v1/exchange, type: Exact, role: broker }
  {{- end }}
  {{- end }}
{{- end -}}

{{/*
What of a web host leads where; what is not here (/metrics, /healthz) is nobody's outside. As YAML:
paths: [{ path, type: Exact | Prefix, role, socket }]
*/}}
{{- define "shipmate.webPaths" -}}
paths:
  {{- range list "/" "/tmate.conf" "/favicon.svg" "/robots.txt" }}
  - { path: {{ . }}, type: Exact, role: web-edge }
  {{- end }}
  {{- range list "/assets" "/t" "/api/t" }}
  - { path: {{ . }}, type: Prefix, role: web-edge }
  {{- end }}
  - { path: /ws, type: Prefix, role: web-edge, socket: true }
  - { path: /ssh, type: Exact, role: web-edge, socket: true }
  {{- if .Values.broker.public }}
  - { path: /v1, type: Prefix, role: broker }
  {{- end }}
{{- end -}}

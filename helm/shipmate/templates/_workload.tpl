{{/* The Deployment of a part, and what keeps it available. */}}
{{- define "shipmate.deployment" -}}
{{- $root := .root -}}
{{- $isEdge := ne .role "broker" -}}
{{- $hasCertificate := and (eq .role "web-edge") $root.Values.webEdge.tls.secret -}}
apiVersion: apps/v1
kind: Deployment
metadata:
  {{- include "shipmate.metadata" . | nindent 2 }}
spec:
  {{- if not (.values.autoscaling | default dict).enabled }}
  replicas: {{ .values.replicas }}
  {{- end }}
  selector:
    matchLabels:
      {{- include "shipmate.part.selector" . | nindent 6 }}
  # A new pod is ready before an old one begins to drain.
  strategy: { type: RollingUpdate, rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } }
  template:
    metadata:
      # No version labels: a change that does not affect the pods must not restart them.
      labels:
        {{- include "shipmate.part.selector" . | nindent 8 }}
        shipmate/metrics: 'true'
      {{- with .values.podAnnotations }}
      annotations:
        {{- toYaml . | nindent 8 }}
      {{- end }}
    spec:
      serviceAccountName: {{ include "shipmate.fullname" $root }}
      automountServiceAccountToken: false
      enableServiceLinks: false
      terminationGracePeriodSeconds: {{ if $isEdge }}{{ include "shipmate.graceSeconds" $root }}{{ else }}30{{ end }}
      securityContext:
        {{- include "shipmate.podSecurity" $root | nindent 8 }}
      {{- with $root.Values.image.pullSecrets }}
      imagePullSecrets:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with .region.nodeSelector }}
      nodeSelector:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with .values.tolerations }}
      tolerations:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      topologySpreadConstraints:
        {{- range list "topology.kubernetes.io/zone" "kubernetes.io/hostname" }}
        - maxSkew: 1
          topologyKey: {{ . }}
          whenUnsatisfiable: ScheduleAnyway
          matchLabelKeys: [pod-template-hash]
          labelSelector:
            matchLabels:
              {{- include "shipmate.part.selector" $ | nindent 14 }}
        {{- end }}
      containers:
        - name: {{ .role }}
          image: {{ include "shipmate.image" $root }}
          imagePullPolicy: {{ $root.Values.image.pullPolicy }}
          args: [{{ .role }}]
          env:
            {{- include "shipmate.environment" . | nindent 12 }}
          ports:
            - { name: http, containerPort: 8080 }
            {{- if eq .role "ssh-edge" }}
            - { name: ssh, containerPort: 2222 }
            {{- else if eq .role "broker" }}
            - { name: internal, containerPort: 8079 }
            {{- end }}
          startupProbe:
            httpGet: { path: /healthz, port: http }
            periodSeconds: 2
            failureThreshold: 30
          livenessProbe:
            httpGet: { path: /healthz, port: http }
            periodSeconds: 10
            timeoutSeconds: 3
            failureThreshold: 6
          readinessProbe:
            httpGet: { path: /readyz, port: http }
            periodSeconds: 5
            timeoutSeconds: 2
            failureThreshold: 2
          lifecycle:
            preStop:
              # Until load balancers stop sending new connections here, the pod still accepts them.
              sleep: { seconds: {{ include "shipmate.preStopSeconds" $root }} }
          resources:
            {{- toYaml .values.resources | nindent 12 }}
          securityContext:
            {{- include "shipmate.containerSecurity" $root | nindent 12 }}
          volumeMounts:
            - { name: tmp, mountPath: /tmp }
            {{- if $isEdge }}
            - { name: keys, mountPath: /etc/shipmate/keys, readOnly: true }
            {{- if $root.Values.settings.hostAuthorizedKeys }}
            - { name: hosts, mountPath: /etc/shipmate/hosts, readOnly: true }
            {{- end }}
            {{- end }}
            {{- if include "shipmate.policyConfigMap" $root }}
            - { name: policy, mountPath: /etc/shipmate/policy, readOnly: true }
            {{- end }}
            {{- if $hasCertificate }}
            - { name: tls, mountPath: /etc/shipmate/tls, readOnly: true }
            {{- end }}
            {{- if $root.Values.redis.caSecret.name }}
            - { name: redis-ca, mountPath: /etc/shipmate/redis-ca, readOnly: true }
            {{- end }}
      volumes:
        - { name: tmp, emptyDir: { sizeLimit: 16Mi } }
        {{- if $isEdge }}
        - name: keys
          projected:
            defaultMode: 0440
            sources:
              - secret:
                  name: {{ include "shipmate.secretName" $root }}
                  items:
                    - { key: ssh_host_ed25519_key, path: ssh_host_ed25519_key }
                    - { key: ssh_host_rsa_key, path: ssh_host_rsa_key }
              # Secrets of older releases do not have this key.
              - secret:
                  name: {{ include "shipmate.secretName" $root }}
                  optional: true
                  items:
                    - { key: ssh_host_ecdsa_key, path: ssh_host_ecdsa_key }
        {{- if $root.Values.settings.hostAuthorizedKeys }}
        - { name: hosts, configMap: { name: {{ include "shipmate.fullname" $root }}-hosts } }
        {{- end }}
        {{- end }}
        {{- with include "shipmate.policyConfigMap" $root }}
        - name: policy
          configMap:
            name: {{ . }}
            items: [{ key: {{ empty $root.Values.policy.text | ternary $root.Values.policy.existingConfigMap.key "policy.yaml" }}, path: policy.yaml }]
        {{- end }}
        {{- if $hasCertificate }}
        - name: tls
          secret: { secretName: {{ $root.Values.webEdge.tls.secret }}, defaultMode: 0440 }
        {{- end }}
        {{- with $root.Values.redis.caSecret }}
        {{- if .name }}
        - name: redis-ca
          secret:
            secretName: {{ .name }}
            items: [{ key: {{ .key }}, path: ca.crt }]
        {{- end }}
        {{- end }}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  {{- include "shipmate.metadata" . | nindent 2 }}
spec:
  maxUnavailable: 1
  # A pod that was never ready does not delay the drain of its node.
  unhealthyPodEvictionPolicy: AlwaysAllow
  selector:
    matchLabels:
      {{- include "shipmate.part.selector" . | nindent 6 }}
{{- with .values.autoscaling }}
{{- if .enabled }}
---
{{ include "shipmate.autoscaler" (merge (dict "autoscaling" .) $) }}
{{- end }}
{{- end }}
{{- end -}}

{{- define "shipmate.autoscaler" -}}
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  {{- include "shipmate.metadata" . | nindent 2 }}
spec:
  scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: {{ include "shipmate.part.name" . }} }
  minReplicas: {{ .autoscaling.minReplicas }}
  maxReplicas: {{ .autoscaling.maxReplicas }}
  metrics:
    - type: Resource
      resource: { name: cpu, target: { type: Utilization, averageUtilization: {{ .autoscaling.cpuPercent }} } }
    {{- if .autoscaling.sessions }}
    - type: Pods
      pods:
        metric: { name: shipmate_sessions }
        target: { type: AverageValue, averageValue: {{ .autoscaling.sessions | quote }} }
    {{- end }}
  behavior:
    # Removing a pod drains it: its hosts reconnect, and its joiners may stay until the drain ends.
    scaleDown:
      stabilizationWindowSeconds: 600
      policies: [{ type: Pods, value: 1, periodSeconds: {{ max 60 (min 1800 (int (include "shipmate.graceSeconds" .root))) }} }]
{{- end -}}

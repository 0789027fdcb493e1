{{- /* A pool as a worker group: dict of root, pool, node. */ -}}
{{- define "galatea.workerGroup" -}}
{{- $edge := eq .pool "edge" -}}
- groupName: {{ .pool }}
  replicas: {{ .node.minReplicas }}
  minReplicas: {{ .node.minReplicas }}
  maxReplicas: {{ .node.maxReplicas }}
  # KubeRay gives it to the pods and to Ray's nodes: Services select by it, and so do the deployments.
  labels:
    galatea.io/pool: {{ .pool }}
  rayStartParams:
    num-cpus: {{ .node.cpus | quote }}
    num-gpus: {{ .node.gpus | quote }}
    object-store-memory: "268435456"
  template:
    metadata:
      labels:
        {{- include "galatea.selector" .root | nindent 8 }}
        galatea.io/pool: {{ .pool }}
      annotations:
        {{- include "galatea.checksum" .root | nindent 8 }}
    spec:
      serviceAccountName: {{ include "galatea.name" .root }}
      automountServiceAccountToken: false
      enableServiceLinks: false
      {{- with .root.Values.imagePullSecrets }}
      imagePullSecrets:
        {{- range . }}
        - name: {{ . }}
        {{- end }}
      {{- end }}
      # More than the longest graceful_shutdown_timeout_s of the deployments.
      terminationGracePeriodSeconds: 180
      securityContext:
        {{- include "galatea.podSecurity" .root | nindent 8 }}
      containers:
        {{- $ports := list }}
        {{- /* Said for every pool, or KubeRay would ask Ray's proxies, which are off. */}}
        {{- $readiness := dict "httpGet" (dict "path" "/api/healthz" "port" 52365) "periodSeconds" 5 "timeoutSeconds" 5 "failureThreshold" 6 }}
        {{- $lifecycle := dict }}
        {{- if $edge }}
        {{- /* Whether this pod answers, and not /readyz: what all pods depend on must not take all of them away, for
               then clients would be told nothing at all. The chart's test asks /readyz. */}}
        {{- $ports = list (dict "name" "http" "containerPort" 8000) (dict "name" "grpc" "containerPort" 8001) }}
        {{- $readiness = dict "httpGet" (dict "path" "/healthz" "port" 8000) "periodSeconds" 5 "timeoutSeconds" 5 "failureThreshold" 3 }}
        {{- $lifecycle = dict "preStop" (dict "sleep" (dict "seconds" 15)) }}
        {{- end }}
        {{- include "galatea.rayContainer" (dict "root" .root "node" .node "ports" $ports "readiness" $readiness "lifecycle" $lifecycle) | nindent 8 }}
      volumes:
        {{- include "galatea.scratchVolumes" .root | nindent 8 }}
      {{- with .node.nodeSelector }}
      nodeSelector:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with .node.tolerations }}
      tolerations:
        {{- toYaml . | nindent 8 }}
      {{- end }}
{{- end -}}

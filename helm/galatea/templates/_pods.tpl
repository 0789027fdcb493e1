{{- define "galatea.podSecurity" -}}
runAsNonRoot: true
runAsUser: 10001
runAsGroup: 10001
fsGroup: 10001
seccompProfile: {type: RuntimeDefault}
{{- end -}}

{{- define "galatea.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end -}}

{{- /* cpus, memory (and gpus): what is asked for is what is given; a CPU may be borrowed while nobody needs it. */ -}}
{{- define "galatea.resources" -}}
requests:
  cpu: {{ .cpus | quote }}
  memory: {{ .memory }}
limits:
  memory: {{ .memory }}
  {{- if .gpus }}
  nvidia.com/gpu: {{ .gpus }}
  {{- end }}
{{- end -}}

{{- define "galatea.secretEnv" -}}
- name: {{ .env }}
  valueFrom:
    secretKeyRef: {name: {{ required (printf "a Secret for %s" .env) .name | quote }}, key: {{ .key | quote }}}
{{- end -}}

{{- /* The environment of every process of the service, wherever it runs. */ -}}
{{- define "galatea.env" -}}
{{- with .Values.secrets -}}
{{ include "galatea.secretEnv" (dict "env" "GALATEA_DATABASE_URL" "name" .database.name "key" .database.key) }}
{{ include "galatea.secretEnv" (dict "env" "GALATEA_API_KEYS" "name" .apiKeys.name "key" .apiKeys.key) }}
{{ include "galatea.secretEnv" (dict "env" "GALATEA_LINK_SECRET" "name" .links.name "key" .links.key) }}
{{- if .webhooks.name }}
{{ include "galatea.secretEnv" (dict "env" "GALATEA_WEBHOOK_SECRET" "name" .webhooks.name "key" .webhooks.key) }}
{{- end }}
{{- if .store.name }}
{{ include "galatea.secretEnv" (dict "env" "AWS_ACCESS_KEY_ID" "name" .store.name "key" "AWS_ACCESS_KEY_ID") }}
{{ include "galatea.secretEnv" (dict "env" "AWS_SECRET_ACCESS_KEY" "name" .store.name "key" "AWS_SECRET_ACCESS_KEY") }}
{{- end }}
{{- end }}
{{- end -}}

{{- /* Said here although KubeRay would add both: a Ray without a token runs whatever it is sent. */ -}}
{{- define "galatea.rayEnv" -}}
- {name: RAY_AUTH_MODE, value: token}
{{ include "galatea.secretEnv" (dict "env" "RAY_AUTH_TOKEN" "name" .Values.secrets.ray.name "key" "auth_token") }}
- {name: RAY_USAGE_STATS_ENABLED, value: "0"}
# Else the replicas' lines would lie in files of the pod, where nobody collects them; Ray's own fill pages.
- {name: RAY_LOG_TO_STDERR, value: "1"}
- {name: RAY_BACKEND_LOG_LEVEL, value: warning}
# Handle calls cost a fifth: replicas run our code in their own loop, which none of it blocks. HAProxy, which Ray
# offers beside, has nothing to carry: the ingress listens by itself.
- {name: RAY_SERVE_THROUGHPUT_OPTIMIZED, value: "1"}
- {name: HOME, value: /tmp}
{{- end -}}

{{- define "galatea.envFrom" -}}
- configMapRef: {name: {{ include "galatea.name" . }}-settings}
{{- end -}}

{{- /* The root filesystem is read-only: Ray's sessions and sockets, and the service's scratch; the processes of a
       pod count together in a folder that must be there. */ -}}
{{- define "galatea.scratchMounts" -}}
- {name: tmp, mountPath: /tmp}
- {name: data, mountPath: /var/lib/galatea}
- {name: metrics, mountPath: /var/lib/galatea/metrics}
{{- end -}}

{{- define "galatea.scratchVolumes" -}}
- {name: tmp, emptyDir: {sizeLimit: 10Gi}}
- {name: data, emptyDir: {sizeLimit: 10Gi}}
- {name: metrics, emptyDir: {}}
{{- end -}}

{{- /* The Ray container of a pod: dict of root, node (its values), readiness. KubeRay adds the liveness probe. */ -}}
{{- define "galatea.rayContainer" -}}
- name: ray
  image: {{ include "galatea.image" .root }}
  imagePullPolicy: {{ .root.Values.image.pullPolicy }}
  env:
    {{- include "galatea.env" .root | nindent 4 }}
    {{- include "galatea.rayEnv" .root | nindent 4 }}
  envFrom:
    {{- include "galatea.envFrom" .root | nindent 4 }}
  {{- with .ports }}
  ports:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  readinessProbe:
    {{- toYaml .readiness | nindent 4 }}
  resources:
    {{- include "galatea.resources" .node | nindent 4 }}
  securityContext:
    {{- include "galatea.containerSecurity" .root | nindent 4 }}
  {{- with .lifecycle }}
  lifecycle:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  volumeMounts:
    {{- include "galatea.scratchMounts" .root | nindent 4 }}
{{- end -}}

{{- /* The environment that is no secret; the service's own settings come from values.settings. */ -}}
{{- define "galatea.settings" -}}
GALATEA_DATA_DIR: /var/lib/galatea
GALATEA_HTTP_HOST: 0.0.0.0
GALATEA_HTTP_PORT: "8000"
GALATEA_GRPC_PORT: "8001"
GALATEA_LOG_JSON: "true"
GALATEA_METRICS_DIR: /var/lib/galatea/metrics
GALATEA_STORE_URL: {{ .Values.store.url | quote }}
{{- if .Values.triton.enabled }}
GALATEA_ENGINE: triton
GALATEA_TRITON_URL: {{ include "galatea.tritonUrl" . }}
{{- else }}
GALATEA_ENGINE: onnx
{{- end }}
{{- range $name, $value := .Values.settings }}
{{- /* As JSON writes it: Helm would make 1e+06 of a million, which is no whole number any more. */}}
GALATEA_{{ upper $name }}: {{ kindIs "string" $value | ternary $value (toJson $value) | quote }}
{{- end }}
AWS_REGION: {{ .Values.store.region | quote }}
{{- with .Values.store.endpoint }}
AWS_ENDPOINT_URL: {{ . | quote }}
{{- if hasPrefix "http:" . }}
AWS_ALLOW_HTTP: "true"
{{- end }}
{{- end }}
# Kernels are compiled for the machine that runs them, once a pod.
WARP_CACHE_PATH: /var/lib/galatea/warp
{{- end -}}

{{- /* Settings are read when a process starts: other ones ask for other pods. */ -}}
{{- define "galatea.checksum" -}}
galatea.io/settings: {{ include "galatea.settings" . | sha256sum | trunc 16 }}
{{- end -}}

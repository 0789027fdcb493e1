{{- /* files/production.yaml with the overrides of the values, as a document. */ -}}
{{- define "galatea.serveConfig" -}}
{{- $config := .Files.Get "files/production.yaml" | fromYaml -}}
{{- $application := first $config.applications -}}
{{- $names := list -}}
{{- range $application.deployments -}}
{{- $names = append $names .name -}}
{{- $_ := mergeOverwrite . (get $.Values.serve.overrides .name | default dict | deepCopy) -}}
{{- end -}}
{{- range $name, $_ := .Values.serve.overrides -}}
{{- if not (has $name $names) -}}
{{- fail (printf "serve.overrides.%s: there is no such deployment; there are %s" $name (join ", " $names)) -}}
{{- end -}}
{{- end -}}
{{ toYaml $config }}
{{- end -}}

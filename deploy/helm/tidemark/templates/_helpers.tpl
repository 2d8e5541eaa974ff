{{- define "tidemark.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 50 | trimSuffix "-" -}}
{{- else -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- ternary .Release.Name (printf "%s-%s" .Release.Name $name) (contains $name .Release.Name) | trunc 50 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "tidemark.selector" -}}
app.kubernetes.io/name: {{ default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "tidemark.labels" -}}
{{ include "tidemark.selector" . }}
app.kubernetes.io/version: {{ .Values.image.tag | default .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{- end -}}

{{- define "tidemark.image" -}}
{{- $repository := required "image.repository: name the image that was made from deploy/Dockerfile" .Values.image.repository -}}
{{- if .Values.image.digest -}}
{{- printf "%s@%s" $repository .Values.image.digest -}}
{{- else -}}
{{- printf "%s:%s" $repository (.Values.image.tag | default .Chart.AppVersion) -}}
{{- end -}}
{{- end -}}

{{- define "tidemark.serviceAccountName" -}}
{{- .Values.serviceAccount.name | default (ternary (include "tidemark.fullname" .) "default" .Values.serviceAccount.create) -}}
{{- end -}}

{{/* The configuration. What it names as ${NAME} comes from the environment. */}}
{{- define "tidemark.toml" -}}
{{- if regexMatch "(?m)^\\s*\\[+\\s*(api|storage)\\s*[].]" .Values.config -}}
{{- fail "config: [api] and [storage] are made from the chart's values: leave them out" -}}
{{- end -}}
[api]
listen = "0.0.0.0:8080"
token = "${TIDEMARK_TOKEN}"

[storage]
data_dir = "/var/lib/tidemark/data"
log = {{ required "storage.log: name the brokers, as kafka://host:9092" .Values.storage.log | quote }}
log_partitions = {{ int .Values.storage.partitions }}
log_replicas = {{ int .Values.storage.replicas }}
warehouse = {{ required "storage.warehouse: name the server, as clickhouse://user:${CLICKHOUSE_PASSWORD}@host:8123/tidemark" .Values.storage.warehouse | quote }}
database = {{ required "storage.database: name the server, as postgres://user:${POSTGRES_PASSWORD}@host:5432/tidemark" .Values.storage.database | quote }}
{{- with .Values.config }}

{{ . | trimSuffix "\n" }}
{{- end }}
{{- end -}}

{{- define "tidemark.env" -}}
{{- $secret := required "existingSecret: name a secret with the keys of secretVariables; the chart makes none" .Values.existingSecret -}}
{{- $names := keys .Values.secretVariables | sortAlpha -}}
{{- range $index, $variable := $names }}
{{- if $index }}{{ "\n" }}{{ end -}}
- name: {{ $variable }}
  valueFrom:
    secretKeyRef: {name: {{ $secret }}, key: {{ index $.Values.secretVariables $variable }}}
{{- end }}
{{- end -}}

{{/* What every pod has; `pod` is its specification's beginning. */}}
{{- define "tidemark.pod" -}}
automountServiceAccountToken: false
# Variables that other services' names make have no place among those that override the configuration.
enableServiceLinks: false
securityContext: {{- toYaml .Values.podSecurityContext | nindent 2 }}
{{- with .Values.imagePullSecrets }}
imagePullSecrets: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{- define "tidemark.container" -}}
image: {{ include "tidemark.image" . | quote }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
securityContext: {{- toYaml .Values.securityContext | nindent 2 }}
{{- end -}}

{{- define "tidemark.mounts" -}}
- {name: config, mountPath: /etc/tidemark, readOnly: true}
- {name: data, mountPath: /var/lib/tidemark}
- {name: tmp, mountPath: /tmp}
{{- end -}}

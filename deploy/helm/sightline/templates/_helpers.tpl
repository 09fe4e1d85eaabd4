{{- define "sightline.name" -}}
{{- if contains .Chart.Name .Release.Name -}}
{{- .Release.Name | trunc 50 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name .Chart.Name | trunc 50 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "sightline.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "sightline.labels" -}}
{{ include "sightline.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end -}}

{{- define "sightline.secret" -}}
{{- .Values.existingSecret | default (include "sightline.name" .) -}}
{{- end -}}

{{/* Refuses what would start and then lose or split data. */}}
{{- define "sightline.check" -}}
{{- $stores := .Values.stores -}}
{{- if .Values.existingSecret -}}
{{- if or $stores.analytics $stores.catalog $stores.blobs .Values.secretKey -}}
{{- fail "existingSecret stands for stores and secretKey: put them into that Secret" -}}
{{- end -}}
{{- else -}}
{{- if and (gt (int .Values.replicas) 1) (not (and $stores.analytics $stores.catalog $stores.blobs)) -}}
{{- fail "replicas > 1 need stores.analytics, stores.catalog and stores.blobs: each process would keep data of its own" -}}
{{- end -}}
{{- if and $stores.catalog (not .Values.secretKey) -}}
{{- fail "stores.catalog needs secretKey: make one with `openssl rand -hex 32` and keep it" -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* What the containers of a pod have in common. */}}
{{- define "sightline.container" -}}
image: {{ printf "%s:%s" .Values.image.repository (.Values.image.tag | default .Chart.AppVersion) | quote }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
# Where sightline.toml is.
workingDir: /etc/sightline
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities:
    drop: [ALL]
envFrom:
  - secretRef:
      name: {{ include "sightline.secret" . }}
volumeMounts:
  - name: data
    mountPath: /data
  - name: settings
    mountPath: /etc/sightline
    readOnly: true
  - name: tmp
    mountPath: /tmp
{{- end -}}

{{/* A volume's root may have a lost+found, so the data has a folder of its own there, as in the image. */}}
{{- define "sightline.env" -}}
- name: SIGHTLINE_SERVER__DATA
  value: /data/sightline
{{- if .Values.gatewayConfig }}
- name: SIGHTLINE_GATEWAY__CONFIG
  value: /etc/sightline/gateway.yaml
{{- end }}
{{- end -}}

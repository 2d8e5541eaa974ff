//! What the environment says by OpenTelemetry's standard variables. All else that they say is read by its exporter.

/// Whether traces are to be sent, and to whom is named.
pub(crate) fn names_collector() -> bool {
    let endpoint = ["OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"];
    endpoint.into_iter().any(|name| value(name).is_some())
        && value("OTEL_SDK_DISABLED").is_none_or(|value| !value.eq_ignore_ascii_case("true"))
        && value("OTEL_TRACES_EXPORTER").is_none_or(|value| value == "otlp")
}

/// Whether the service has a name already.
pub(crate) fn names_service() -> bool {
    value("OTEL_SERVICE_NAME").is_some()
        || value("OTEL_RESOURCE_ATTRIBUTES").is_some_and(|value| value.contains("service.name="))
}

fn value(name: &str) -> Option<String> {
    std::env::var_os(name).and_then(|value| value.into_string().ok()).filter(|value| !value.is_empty())
}

//! What the program tells of itself: logs on standard error, and traces to a collector where the environment names one.

use std::io::IsTerminal;

use anyhow::Context;
use opentelemetry::trace::TracerProvider;
use opentelemetry_otlp::SpanExporter;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, Registry};

use crate::cli::LogFormat;
use crate::config::environment;

const NAME: &str = "tidemark";
/// What is traced; the exporter's own requests are not.
const TRACED: &str = "off,tidemark=info";

/// Traces that wait to be sent are sent when it is dropped.
pub(crate) struct Telemetry(Option<SdkTracerProvider>);

impl Drop for Telemetry {
    fn drop(&mut self) {
        // A collector that is away loses spans, and holds up nothing.
        if let Some(Err(error)) = self.0.as_ref().map(SdkTracerProvider::shutdown) {
            tracing::debug!(%error, "the last traces could not be sent");
        }
    }
}

/// Begins to log; `RUST_LOG` says how much. Traces go where the standard variables say (`OTEL_EXPORTER_OTLP_ENDPOINT`, or
/// `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT`), nowhere without them.
pub(crate) fn start(format: LogFormat) -> anyhow::Result<Telemetry> {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("warn"));
    let plain = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    let mut layers: Vec<Box<dyn Layer<Registry> + Send + Sync>> = vec![match format {
        LogFormat::Text => plain.with_ansi(std::io::stderr().is_terminal()).with_filter(filter).boxed(),
        LogFormat::Json => plain.json().flatten_event(true).with_filter(filter).boxed(),
    }];
    let provider = if environment::names_collector() { Some(provider()?) } else { None };
    if let Some(provider) = &provider {
        let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer(NAME));
        layers.push(layer.with_filter(EnvFilter::new(TRACED)).boxed());
    }
    tracing_subscriber::registry().with(layers).init();
    Ok(Telemetry(provider))
}

fn provider() -> anyhow::Result<SdkTracerProvider> {
    let exporter = SpanExporter::builder().with_http().build();
    let exporter = exporter.context("traces can't be sent: see the variables OTEL_EXPORTER_OTLP_…")?;
    let resource = Resource::builder();
    let resource = if environment::names_service() { resource } else { resource.with_service_name(NAME) };
    Ok(SdkTracerProvider::builder().with_batch_exporter(exporter).with_resource(resource.build()).build())
}

//! Gauges by tenant, read from the engine when the page is.

use frontdesk_desk::id::TenantId;
use frontdesk_engine::Counts;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, NoLabelSet};
use prometheus_client::metrics::MetricType;

use super::TENANT_LABELS_MAX;

/// What stands for the tenants beyond [`TENANT_LABELS_MAX`].
const OTHERS: &str = "other tenants";

/// A gauge: its name, what it is, and how it is read.
type Row = (&'static str, &'static str, fn(&Counts) -> u64);

const GAUGES: [Row; 8] = [
    ("tenant_visitors_here", "Visitors with a link", |counts| counts.visitors_here),
    ("tenant_visitors_away", "Visitors in their grace", |counts| counts.visitors_away),
    ("tenant_waiting", "Sessions in a queue", |counts| counts.waiting),
    ("tenant_sessions", "Sessions with an agent", |counts| counts.sessions),
    ("tenant_agents_online", "Agents online", |counts| counts.agents_online),
    ("tenant_agents_busy", "Agents busy", |counts| counts.agents_busy),
    ("tenant_agents_away", "Agents away", |counts| counts.agents_away),
    ("tenant_blocks", "Blocks of visitors and networks", |counts| counts.blocks),
];

/// Asks for the counts whenever the page is read.
pub(super) struct TenantCounts {
    counts: Box<dyn Fn() -> Vec<(TenantId, Counts)> + Send + Sync>,
}

impl TenantCounts {
    pub(super) fn new(
        counts: impl Fn() -> Vec<(TenantId, Counts)> + Send + Sync + 'static,
    ) -> Self {
        Self { counts: Box::new(counts) }
    }

    /// A line for each of the first tenants, and one for all others together.
    fn lines(&self) -> Vec<(String, Counts)> {
        let counts = (self.counts)();
        let (own, others) = counts.split_at(counts.len().min(TENANT_LABELS_MAX));
        let mut lines: Vec<_> = own.iter().map(|(id, counts)| (id.to_string(), *counts)).collect();
        if !others.is_empty() {
            lines.push((OTHERS.to_owned(), sum(others)));
        }
        lines
    }
}

impl std::fmt::Debug for TenantCounts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TenantCounts")
    }
}

impl Collector for TenantCounts {
    fn encode(&self, mut encoder: DescriptorEncoder) -> Result<(), std::fmt::Error> {
        let lines = self.lines();
        for (name, help, read) in GAUGES {
            let mut metric = encoder.encode_descriptor(name, help, None, MetricType::Gauge)?;
            for (tenant, counts) in &lines {
                let value = i64::try_from(read(counts)).unwrap_or(i64::MAX);
                let label = [("tenant", tenant.as_str())];
                metric.encode_family(&label)?.encode_gauge(&value)?;
            }
        }
        let help = "Messages said since the broker began";
        let mut metric =
            encoder.encode_descriptor("tenant_messages", help, None, MetricType::Counter)?;
        for (tenant, counts) in &lines {
            let label = [("tenant", tenant.as_str())];
            let mut family = metric.encode_family(&label)?;
            family.encode_counter::<NoLabelSet, _, u64>(&counts.messages, None)?;
        }
        Ok(())
    }
}

fn sum(others: &[(TenantId, Counts)]) -> Counts {
    others.iter().fold(Counts::default(), |sum, (_, counts)| Counts {
        visitors_here: sum.visitors_here + counts.visitors_here,
        visitors_away: sum.visitors_away + counts.visitors_away,
        waiting: sum.waiting + counts.waiting,
        offered: sum.offered + counts.offered,
        sessions: sum.sessions + counts.sessions,
        agents_online: sum.agents_online + counts.agents_online,
        agents_busy: sum.agents_busy + counts.agents_busy,
        agents_away: sum.agents_away + counts.agents_away,
        messages: sum.messages + counts.messages,
        blocks: sum.blocks + counts.blocks,
    })
}

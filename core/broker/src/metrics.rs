//! What a broker counts, as Prometheus reads it.
//!
//! Every broker has a registry of its own, so that several in one process don't add up. Names end in their unit, counters in
//! `_total`. Labels come from closed sets (roles, codes, kinds of commands) and from the configured tenants, of which the first
//! [`TENANT_LABELS_MAX`] have lines of their own. No line names a person, an address or a word that was said.
//!
//! Counting never blocks on a reader: hot counters are atomics, made when the broker starts.

mod tenants;

use std::sync::atomic::AtomicI64;
use std::time::{SystemTime, UNIX_EPOCH};

use frontdesk_desk::id::TenantId;
use frontdesk_engine::Counts;
use frontdesk_proto::v1::{self, Code};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};

use crate::token::Role;

/// Tenants with lines of their own; those beyond are added up under the tenant `other tenants`, so that the page stays
/// readable for who scrapes it.
pub const TENANT_LABELS_MAX: usize = 200;

/// The content type of [`Metrics::page`].
pub const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Makes the names of the kinds of commands, and the place of a command's kind among them, from one list.
macro_rules! kinds {
    ($($kind:ident => $name:literal,)*) => {
        /// The kinds of commands, by [`kind_index`]; the last one stands for frames with none that is known.
        const KINDS: &[&str] = &[$($name,)* "unknown"];

        fn kind_index(command: &v1::command::Command) -> usize {
            enum Kind {
                $($kind,)*
            }
            match command {
                $(v1::command::Command::$kind(_) => Kind::$kind as usize,)*
            }
        }
    };
}

kinds! {
    Say => "say",
    Preview => "preview",
    Acknowledge => "acknowledge",
    Credit => "credit",
    ViewPage => "view_page",
    AttachVisitor => "attach_visitor",
    AttachAgent => "attach_agent",
    Detach => "detach",
    ReadTrail => "read_trail",
    Ask => "ask",
    Close => "close",
    ReadSession => "read_session",
    ReadMessages => "read_messages",
    SignOn => "sign_on",
    SetStatus => "set_status",
    SignOff => "sign_off",
    WatchVisitors => "watch_visitors",
    Unwatch => "unwatch",
    ReadCounts => "read_counts",
    Block => "block",
    Unblock => "unblock",
    ReadBlocks => "read_blocks",
    WatchSession => "watch_session",
    UnwatchSession => "unwatch_session",
    AcceptOffer => "accept_offer",
    DeclineOffer => "decline_offer",
    Pick => "pick",
    FinishNotes => "finish_notes",
    HandOver => "hand_over",
    TakeBack => "take_back",
    AskWhyWaiting => "ask_why_waiting",
    AskWhyIdle => "ask_why_idle",
    ReadWorkLog => "read_work_log",
    ReadQueue => "read_queue",
    ReadReception => "read_reception",
    WatchReception => "watch_reception",
    UnwatchReception => "unwatch_reception",
    WatchFloor => "watch_floor",
    WatchQueues => "watch_queues",
    UnwatchFloor => "unwatch_floor",
    UnwatchQueues => "unwatch_queues",
    ReadPolicy => "read_policy",
    ReplacePolicy => "replace_policy",
    Invite => "invite",
    ForceSession => "force_session",
    WithdrawInvitation => "withdraw_invitation",
    AnswerInvitation => "answer_invitation",
    OpenRoom => "open_room",
    TalkWith => "talk_with",
    InviteToRoom => "invite_to_room",
    LeaveRoom => "leave_room",
    SayInRoom => "say_in_room",
    AcknowledgeRoom => "acknowledge_room",
    ReadRoom => "read_room",
    ReadRoomMessages => "read_room_messages",
    Announce => "announce",
    AcknowledgeAnnouncement => "acknowledge_announcement",
    Rate => "rate",
    AskRating => "ask_rating",
    ClearAway => "clear_away",
    Transfer => "transfer",
    WithdrawOffer => "withdraw_offer",
    InviteColleague => "invite_colleague",
    JoinSession => "join_session",
    LeaveSession => "leave_session",
    SetSeen => "set_seen",
    PassOn => "pass_on",
    TakeOver => "take_over",
    EndSession => "end_session",
    ReadTransferTargets => "read_transfer_targets",
    AllowPreviews => "allow_previews",
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RoleLabel {
    role: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OutcomeLabel {
    outcome: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct CodeLabel {
    code: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct KindLabel {
    kind: &'static str,
}

/// One broker's counters and gauges.
pub struct Metrics {
    registry: Registry,
    connections: Family<RoleLabel, Gauge<i64, AtomicI64>>,
    hellos: Family<OutcomeLabel, Counter>,
    links: Gauge<i64, AtomicI64>,
    frames_received: Counter,
    frames_sent: Counter,
    received: Counter,
    sent: Counter,
    commands: [Counter; KINDS.len()],
    refusals: Family<CodeLabel, Counter>,
    deliveries: Counter,
    too_slow: Counter,
    blocked: Counter,
    draining: Gauge<i64, AtomicI64>,
}

impl std::fmt::Debug for Metrics {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Metrics")
    }
}

impl Metrics {
    /// Everything at zero. `counts` is asked for the tenants' counts whenever the page is read, and must not block.
    pub fn new(counts: impl Fn() -> Vec<(TenantId, Counts)> + Send + Sync + 'static) -> Self {
        let commands = Family::<KindLabel, Counter>::default();
        let mut metrics = Self {
            registry: Registry::with_prefix("frontdesk"),
            connections: Family::default(),
            hellos: Family::default(),
            links: Gauge::default(),
            frames_received: Counter::default(),
            frames_sent: Counter::default(),
            received: Counter::default(),
            sent: Counter::default(),
            commands: std::array::from_fn(|at| {
                commands.get_or_create_owned(&KindLabel { kind: KINDS[at] })
            }),
            refusals: Family::default(),
            deliveries: Counter::default(),
            too_slow: Counter::default(),
            blocked: Counter::default(),
            draining: Gauge::default(),
        };
        metrics.register(commands);
        metrics.registry.register_collector(Box::new(tenants::TenantCounts::new(counts)));
        metrics
    }

    fn register(&mut self, commands: Family<KindLabel, Counter>) {
        let registry = &mut self.registry;
        let build = Info::new(vec![("version", env!("CARGO_PKG_VERSION"))]);
        registry.register("build", "The broker that answers", build);
        let start = Gauge::<i64, AtomicI64>::default();
        let started = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        start.set(i64::try_from(started.as_secs()).unwrap_or(i64::MAX));
        registry.register_with_unit(
            "start_time",
            "When the broker started, since 1970",
            Unit::Seconds,
            start,
        );

        registry.register("connections", "Connections past Hello", self.connections.clone());
        registry.register("hellos", "Connections by how their Hello ended", self.hellos.clone());
        registry.register("links", "Links attached", self.links.clone());
        registry.register(
            "frames_received",
            "Frames taken from lanes",
            self.frames_received.clone(),
        );
        registry.register("frames_sent", "Frames given to lanes", self.frames_sent.clone());
        let unit = || Unit::Bytes;
        registry.register_with_unit(
            "received",
            "Frame bytes taken from lanes",
            unit(),
            self.received.clone(),
        );
        registry.register_with_unit(
            "sent",
            "Frame bytes given to lanes",
            unit(),
            self.sent.clone(),
        );
        registry.register("commands", "Commands by kind, the refused ones too", commands);
        registry.register("refusals", "Refusals and farewells by code", self.refusals.clone());
        registry.register("deliveries", "Events told to people", self.deliveries.clone());
        registry.register(
            "too_slow",
            "Links cut because their reader fell behind",
            self.too_slow.clone(),
        );
        registry.register(
            "blocked",
            "Links ended because their visitor was blocked",
            self.blocked.clone(),
        );
        registry.register("draining", "1 while the broker is being stopped", self.draining.clone());
    }

    /// A connection was answered with Welcome.
    pub fn connection_opened(&self, role: Role) {
        self.connections.get_or_create(&RoleLabel { role: role.as_str() }).inc();
        self.hello_ended("welcome");
    }

    /// A connection that was answered with Welcome is gone.
    pub fn connection_closed(&self, role: Role) {
        self.connections.get_or_create(&RoleLabel { role: role.as_str() }).dec();
    }

    /// A connection was turned away instead of welcomed.
    pub fn hello_refused(&self, code: Code) {
        self.hello_ended(code.as_str_name());
    }

    fn hello_ended(&self, outcome: &'static str) {
        self.hellos.get_or_create(&OutcomeLabel { outcome }).inc();
    }

    /// A link was attached.
    pub fn link_attached(&self) {
        self.links.inc();
    }

    /// A link is gone.
    pub fn link_detached(&self) {
        self.links.dec();
    }

    /// Frames of so many bytes together, without their prefixes, came in.
    pub fn received(&self, frames: u64, bytes: u64) {
        self.frames_received.inc_by(frames);
        self.received.inc_by(bytes);
    }

    /// Frames of so many bytes together, without their prefixes, went out; `deliveries` of them are no replies.
    pub fn sent(&self, frames: u64, bytes: u64, deliveries: u64) {
        self.frames_sent.inc_by(frames);
        self.sent.inc_by(bytes);
        self.deliveries.inc_by(deliveries);
    }

    /// A frame held this command, or none that is known.
    pub fn command(&self, command: Option<&v1::command::Command>) {
        self.commands[command.map_or(KINDS.len() - 1, kind_index)].inc();
    }

    /// Something was refused, or a connection told to go, with this code.
    pub fn refused(&self, code: Code) {
        self.refusals.get_or_create(&CodeLabel { code: code.as_str_name() }).inc();
    }

    /// A link was cut because its reader fell behind.
    pub fn too_slow(&self) {
        self.too_slow.inc();
    }

    /// A link was ended because its visitor was blocked.
    pub fn blocked(&self) {
        self.blocked.inc();
    }

    /// The broker is being stopped.
    pub fn draining(&self) {
        self.draining.set(1);
    }

    /// Everything in the OpenMetrics text format, of the type [`CONTENT_TYPE`].
    pub fn page(&self) -> String {
        let mut page = String::new();
        // Writing into a String doesn't fail, and a page cut short is better than none.
        let _ = encode(&mut page, &self.registry);
        page
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn metrics() -> Metrics {
        Metrics::new(|| {
            let counts = Counts { waiting: 3, messages: 9, ..Counts::default() };
            (0..TENANT_LABELS_MAX + 2)
                .map(|i| (TenantId::new(&format!("t\"{i}")).unwrap(), counts))
                .collect()
        })
    }

    #[test]
    fn what_was_counted_stands_on_the_page() {
        let metrics = metrics();
        metrics.connection_opened(Role::Gateway);
        metrics.connection_opened(Role::Gateway);
        metrics.connection_closed(Role::Gateway);
        metrics.hello_refused(Code::BadToken);
        metrics.link_attached();
        metrics.received(2, 100);
        metrics.sent(3, 70, 1);
        metrics.command(Some(&v1::command::Command::ReadCounts(v1::ReadCounts::default())));
        metrics.command(None);
        metrics.refused(Code::QueueFull);
        metrics.too_slow();
        metrics.blocked();
        metrics.draining();
        let page = metrics.page();
        for line in [
            "frontdesk_connections{role=\"gateway\"} 1\n",
            "frontdesk_hellos_total{outcome=\"welcome\"} 2\n",
            "frontdesk_hellos_total{outcome=\"CODE_BAD_TOKEN\"} 1\n",
            "frontdesk_links 1\n",
            "frontdesk_frames_received_total 2\n",
            "frontdesk_received_bytes_total 100\n",
            "frontdesk_frames_sent_total 3\n",
            "frontdesk_sent_bytes_total 70\n",
            "frontdesk_deliveries_total 1\n",
            "frontdesk_commands_total{kind=\"read_counts\"} 1\n",
            "frontdesk_commands_total{kind=\"unknown\"} 1\n",
            "frontdesk_commands_total{kind=\"say\"} 0\n",
            "frontdesk_refusals_total{code=\"CODE_QUEUE_FULL\"} 1\n",
            "frontdesk_too_slow_total 1\n",
            "frontdesk_blocked_total 1\n",
            "frontdesk_draining 1\n",
            "frontdesk_tenant_waiting{tenant=\"t\\\"0\"} 3\n",
            "frontdesk_tenant_messages_total{tenant=\"t\\\"199\"} 9\n",
        ] {
            assert!(page.contains(line), "{line}\n{page}");
        }
        assert!(page.contains("frontdesk_build_info{version=\""), "{page}");
        assert!(page.ends_with("# EOF\n"));
    }

    #[test]
    fn many_tenants_share_one_line_beyond_the_bound() {
        let page = metrics().page();
        assert!(page.contains("frontdesk_tenant_waiting{tenant=\"other tenants\"} 6\n"), "{page}");
        assert!(!page.contains("t\\\"200"));
        let lines = page.lines().filter(|line| line.starts_with("frontdesk_tenant_waiting{"));
        assert_eq!(lines.count(), TENANT_LABELS_MAX + 1);
    }

    #[test]
    fn every_kind_of_command_has_a_place_of_its_own() {
        let mut kinds = KINDS.to_vec();
        kinds.sort_unstable();
        kinds.dedup();
        assert_eq!(kinds.len(), KINDS.len());
        let say = v1::command::Command::Say(v1::Say::default());
        assert_eq!(KINDS[kind_index(&say)], "say");
        let read = v1::command::Command::ReadReception(v1::ReadReception::default());
        assert_eq!(KINDS[kind_index(&read)], "read_reception");
    }
}

//! What the vectors of watched floors, queues and receptions say.

use frontdesk_proto::v1::{
    AgentRow, DepartmentRow, FloorChanged, FloorSnapshot, FloorTotals, QueuedRow, QueuesChanged,
    QueuesSnapshot, Receiving, ReceptionChanged, Status, UnwatchFloor, UnwatchQueues,
    UnwatchReception, WatchFloor, WatchQueues, WatchReception, command, delivery,
};

use crate::expected::{WALL_MS, epoch, link_token, session};

pub(crate) fn commands() -> Vec<(&'static str, u32, u32, command::Command)> {
    use command::Command as C;
    let departments = vec!["sales".into(), "售后".into()];
    let queues = WatchQueues { departments: vec!["sales".into()], rows: 200 };
    vec![
        (
            "watch_reception",
            1,
            40,
            C::WatchReception(WatchReception { department: "sales".into() }),
        ),
        ("unwatch_reception", 1, 41, C::UnwatchReception(UnwatchReception {})),
        ("watch_floor", 2, 42, C::WatchFloor(WatchFloor { departments, agents: 1_000 })),
        ("watch_queues", 2, 43, C::WatchQueues(queues)),
        ("unwatch_floor", 2, 44, C::UnwatchFloor(UnwatchFloor {})),
        ("unwatch_queues", 2, 45, C::UnwatchQueues(UnwatchQueues {})),
    ]
}

pub(crate) fn events() -> Vec<(&'static str, u32, delivery::Event)> {
    use delivery::Event as E;
    let nobody = ReceptionChanged { receiving: Receiving::Nobody.into() };
    let waits = QueuedRow {
        session: session(),
        visitor: "v-1".into(),
        department: "sales".into(),
        rank: epoch(),
        asked_wall_ms: WALL_MS,
        priority_ms: 300_000,
    };
    let moved = QueuedRow { session: session(), rank: link_token(), ..QueuedRow::default() };
    vec![
        ("reception_changed", 1, E::ReceptionChanged(nobody)),
        ("floor_snapshot", 2, E::FloorSnapshot(snapshot())),
        ("floor_changed", 2, E::FloorChanged(changed())),
        ("queues_snapshot", 2, E::QueuesSnapshot(QueuesSnapshot { rows: vec![waits] })),
        (
            "queues_changed",
            2,
            E::QueuesChanged(QueuesChanged {
                rows: vec![moved],
                gone: vec![epoch(), link_token()],
            }),
        ),
    ]
}

fn snapshot() -> FloorSnapshot {
    let sales = DepartmentRow {
        department: "sales".into(),
        name: "售前".into(),
        place: 1,
        waiting: 3,
        waiting_since_wall_ms: WALL_MS,
        offered: 1,
        sessions: 40,
        agents_online: 9,
        agents_busy: 2,
        agents_away: 4,
        free: 5,
        full: true,
        begun: 1_000,
        ended: 956,
    };
    let anna = AgentRow {
        agent: "anna".into(),
        status: Status::Online.into(),
        reason: "back".into(),
        since_wall_ms: WALL_MS,
        sessions: 2,
        capacity: 3,
        load: 250,
        departments: vec!["sales".into(), "售后".into()],
        attached: true,
        next: Status::Away.into(),
        bot: true,
    };
    let totals = FloorTotals {
        visitors_here: 12,
        visitors_away: 2,
        waiting: 3,
        waiting_since_wall_ms: WALL_MS,
        offered: 1,
        sessions: 40,
        agents_online: 9,
        agents_busy: 2,
        agents_away: 5,
        begun: 1_000,
        ended: 956,
    };
    FloorSnapshot {
        departments: vec![sales],
        agents: vec![anna],
        totals: Some(totals),
        policy_version: 7,
    }
}

fn changed() -> FloorChanged {
    FloorChanged {
        departments: vec![DepartmentRow {
            department: "sales".into(),
            place: 2,
            ..DepartmentRow::default()
        }],
        agents: vec![AgentRow {
            agent: "bob".into(),
            status: Status::Away.into(),
            ..AgentRow::default()
        }],
        departments_gone: vec!["old".into()],
        agents_gone: vec!["anna".into(), "cay".into()],
        totals: None,
        policy_version: 8,
    }
}

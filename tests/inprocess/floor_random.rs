//! Whatever happens, who takes in all that a watch of the floor and of queues tells knows what somebody is shown who begins to watch now,
//! in a window of its own.

use std::collections::BTreeMap;

use frontdesk::desk::delivery::Status;
use frontdesk::desk::id::DepartmentId;
use frontdesk::desk::policy::department::OfferMode;
use frontdesk::desk::policy::{Draft, Site};
use frontdesk::engine::{
    Ask, Command, Departure, FloorQuery, QueuesQuery, Room, SetStatus, SignOn, When,
};
use proptest::prelude::*;

use crate::floor::Known;
use crate::house::{House, Seat, department, site};

const AGENTS: usize = 5;
const VISITORS: usize = 12;
const WATCHERS: usize = 4;
const PERIOD_MS: u64 = 900;
/// Tenths of a second within which a watcher must know for once all that a newcomer is shown.
const CHANGES_MAX: usize = 40;
/// Which departments a policy has, in which order.
const POLICIES: [&[&str]; 4] =
    [&["sales", "support"], &["support", "sales", "billing"], &["sales"], &["billing", "support"]];
const STATUSES: [Status; 3] = [Status::Online, Status::Busy, Status::Away];

/// What happens.
#[derive(Clone, Debug)]
enum Step {
    Attach {
        agent: usize,
    },
    Detach {
        agent: usize,
    },
    SignOn {
        agent: usize,
        departments: u8,
        capacity: u16,
    },
    Set {
        agent: usize,
        status: usize,
        when: bool,
    },
    SignOff {
        agent: usize,
    },
    Pick {
        agent: usize,
    },
    Arrive {
        visitor: usize,
    },
    Leave {
        visitor: usize,
        departure: bool,
    },
    Ask {
        visitor: usize,
        department: usize,
        minutes: u16,
    },
    Close {
        visitor: usize,
    },
    Replace {
        policy: usize,
        name: bool,
    },
    Watch {
        watcher: usize,
        what: usize,
    },
    Unwatch {
        watcher: usize,
        floor: bool,
    },
    Wait {
        span_ms: u64,
    },
    /// Nothing changes until all is told, and then everything must be right.
    Settle,
}

fn step() -> impl Strategy<Value = Step> {
    let (agent, visitor, watcher) = (0..AGENTS, 0..VISITORS, 0..WATCHERS);
    prop_oneof![
        4 => agent.clone().prop_map(|agent| Step::Attach { agent }),
        2 => agent.clone().prop_map(|agent| Step::Detach { agent }),
        4 => (agent.clone(), 0..4u8, 1..4u16)
            .prop_map(|(agent, departments, capacity)| Step::SignOn { agent, departments, capacity }),
        8 => (agent.clone(), 0..STATUSES.len(), any::<bool>())
            .prop_map(|(agent, status, when)| Step::Set { agent, status, when }),
        1 => agent.clone().prop_map(|agent| Step::SignOff { agent }),
        2 => agent.prop_map(|agent| Step::Pick { agent }),
        8 => visitor.clone().prop_map(|visitor| Step::Arrive { visitor }),
        2 => (visitor.clone(), any::<bool>())
            .prop_map(|(visitor, departure)| Step::Leave { visitor, departure }),
        8 => (visitor.clone(), 0..3usize, 0..3u16)
            .prop_map(|(visitor, department, minutes)| Step::Ask { visitor, department, minutes }),
        4 => visitor.prop_map(|visitor| Step::Close { visitor }),
        1 => (0..POLICIES.len(), any::<bool>())
            .prop_map(|(policy, name)| Step::Replace { policy, name }),
        5 => (watcher.clone(), 0..7usize).prop_map(|(watcher, what)| Step::Watch { watcher, what }),
        1 => (watcher, any::<bool>()).prop_map(|(watcher, floor)| Step::Unwatch { watcher, floor }),
        6 => prop_oneof![1..1_500u64, 20_000..90_000u64].prop_map(|span_ms| Step::Wait { span_ms }),
        3 => Just(Step::Settle),
    ]
}

fn draft(policy: usize, name: bool) -> Draft {
    let departments = POLICIES[policy].iter().map(|id| department(id)).collect();
    let mut draft = Draft::new(vec![site()], departments);
    draft.sites = vec![Site::from(site())];
    draft.departments[0].name = if name { "First".into() } else { "".into() };
    draft.departments[0].offers.mode = OfferMode::Asked { timeout_ms: 5_000, at_once: 2 };
    draft.departments[0].wrap_up_ms = 3_000;
    draft
}

/// A watch that somebody may begin: what it names is what the first policy has.
fn watch(what: usize) -> Command {
    let departments =
        |ids: &[&str]| -> Vec<DepartmentId> { ids.iter().map(|id| department(id)).collect() };
    let floor = |ids: &[&str], agents| {
        Command::WatchFloor(Box::new(FloorQuery { departments: departments(ids), agents }))
    };
    let queues = |ids: &[&str], rows| {
        Command::WatchQueues(Box::new(QueuesQuery { departments: departments(ids), rows }))
    };
    match what {
        0 => floor(&[], 0),
        1 => floor(&[], 100),
        2 => floor(&[], 2),
        3 => floor(&["sales"], 100),
        4 => floor(&["support", "sales"], 1),
        5 => queues(&["sales"], 2),
        _ => queues(&["support", "sales"], 200),
    }
}

fn is_floor(what: usize) -> bool {
    what < 5
}

struct Watcher {
    seat: Seat,
    known: Known,
    /// What it watches: a floor, queues.
    watched: [Option<usize>; 2],
    told_mono_ms: [Option<u64>; 2],
}

struct World {
    house: House,
    agents: [Option<Seat>; AGENTS],
    visitors: [Option<Seat>; VISITORS],
    watchers: Vec<Watcher>,
    policy: usize,
}

impl World {
    fn new() -> Self {
        let house = House::ruled(|made| *made = draft(0, false));
        let watchers = (0..WATCHERS).map(|n| Watcher {
            seat: house.agent(&format!("watcher-{n}")),
            known: Known::default(),
            watched: [None; 2],
            told_mono_ms: [None; 2],
        });
        let watchers = watchers.collect();
        let visitors = Default::default();
        let mut world = Self { house, agents: Default::default(), visitors, watchers, policy: 0 };
        // A floor at work.
        for agent in 0..AGENTS {
            world.apply(&Step::Attach { agent });
            world.apply(&Step::SignOn { agent, departments: agent as u8, capacity: 2 });
            world.apply(&Step::Set { agent, status: agent % 2, when: true });
        }
        (0..VISITORS).for_each(|visitor| world.apply(&Step::Arrive { visitor }));
        world
    }

    fn by(&mut self, agent: usize, command: Command) {
        if let Some(seat) = &self.agents[agent] {
            let _ = self.house.submit(seat, command);
        }
    }

    fn apply(&mut self, step: &Step) {
        match *step {
            Step::Attach { agent } => {
                if self.agents[agent].is_none() {
                    self.agents[agent] = Some(self.house.agent(&format!("agent-{agent}")));
                }
            }
            Step::Detach { agent } => {
                if let Some(seat) = self.agents[agent].take() {
                    self.house.engine.detach(seat.link, Departure::Dropped, self.house.now);
                }
            }
            Step::SignOn { agent, departments, capacity } => {
                let ids = POLICIES[self.policy].iter().enumerate();
                let ids = ids.filter(|(n, _)| departments >> n & 1 == 0);
                let departments = ids.map(|(_, id)| department(id)).collect::<Vec<_>>();
                self.by(agent, Command::SignOn(SignOn::new(departments, Some(capacity))));
            }
            Step::Set { agent, status, when } => {
                let when = if when { When::Now } else { When::AfterSessions };
                let set = SetStatus { when, ..SetStatus::now(STATUSES[status], "a reason") };
                self.by(agent, Command::SetStatus(set));
            }
            Step::SignOff { agent } => self.by(agent, Command::SignOff { reason: "".into() }),
            Step::Pick { agent } => {
                self.by(agent, Command::Pick { session: None, room: Room::Needed });
            }
            Step::Arrive { visitor } => {
                if self.visitors[visitor].is_none() {
                    self.visitors[visitor] = Some(self.house.visitor(&format!("v-{visitor}")));
                }
            }
            Step::Leave { visitor, departure } => {
                let departure = if departure { Departure::Leaving } else { Departure::Dropped };
                if let Some(seat) = self.visitors[visitor].take() {
                    self.house.engine.detach(seat.link, departure, self.house.now);
                }
            }
            Step::Ask { visitor, department: no, minutes } => {
                if let Some(seat) = &self.visitors[visitor] {
                    let department = department(["sales", "support", "billing"][no]);
                    let ask = Ask { priority_minutes: minutes, ..Ask::of(department) };
                    let _ = self.house.ask_for(seat, ask);
                }
            }
            Step::Close { visitor } => {
                if let Some(seat) = &self.visitors[visitor]
                    && let Ok(session) = self.house.ask_for(seat, Ask::of(department("sales")))
                {
                    let _ = self.house.submit(seat, Command::Close { session });
                }
            }
            Step::Replace { policy, name } => {
                self.policy = policy;
                let house = &self.house;
                let draft = draft(policy, name);
                house.engine.replace_policy(house.tenant, draft, None, house.now).unwrap();
            }
            Step::Watch { watcher, what } => self.watch(watcher, what),
            Step::Unwatch { watcher, floor } => {
                let watcher = &mut self.watchers[watcher];
                let command = if floor { Command::UnwatchFloor } else { Command::UnwatchQueues };
                self.house.submit(&watcher.seat, command).unwrap();
                watcher.take_in(self.house.now.mono_ms);
                watcher.watched[usize::from(!floor)] = None;
            }
            Step::Wait { span_ms } => self.wait(span_ms),
            Step::Settle => self.settle(),
        }
    }

    fn watch(&mut self, watcher: usize, what: usize) {
        let watcher = &mut self.watchers[watcher];
        watcher.take_in(self.house.now.mono_ms);
        // Departments that the present policy doesn't have are refused.
        if self.house.submit(&watcher.seat, watch(what)).is_ok() {
            let kind = usize::from(!is_floor(what));
            watcher.watched[kind] = Some(what);
            watcher.told_mono_ms[kind] = None;
            let before = watcher.known.take_in(watcher.seat.told());
            assert_eq!(before, if is_floor(what) { (1, 0) } else { (0, 1) }, "a snapshot at once");
        }
    }

    fn wait(&mut self, span_ms: u64) {
        let mut left = span_ms;
        while left > 0 {
            let step = left.min(100);
            left = if left > 5_000 { left - 4_000 } else { left - step };
            let step = if left > 1_000 { 4_000 } else { step };
            self.house.wait(step);
            for watcher in &mut self.watchers {
                watcher.take_in(self.house.now.mono_ms);
            }
        }
        self.house.whole();
    }

    /// All is told within a second; then each one knows what a newcomer is shown. Meanwhile offers run out and wrap-ups end: what
    /// they have just changed is told within the next second.
    fn settle(&mut self) {
        self.pause(20);
        for n in 0..WATCHERS {
            for what in self.watchers[n].watched.into_iter().flatten() {
                for _ in 0..CHANGES_MAX {
                    if self.compare(n, what).is_ok() {
                        break;
                    }
                    self.pause(1);
                }
                self.compare(n, what).unwrap();
            }
        }
        self.house.whole();
    }

    /// So many tenths of a second pass, in which nobody does anything.
    fn pause(&mut self, tenths: usize) {
        for _ in 0..tenths {
            self.house.wait(100);
            for watcher in &mut self.watchers {
                watcher.take_in(self.house.now.mono_ms);
            }
        }
    }

    /// What a watcher knows against the same departments in a longer window, which nobody shares and which is drawn anew.
    fn compare(&self, watcher: usize, what: usize) -> Result<(), TestCaseError> {
        let house = &self.house;
        let mut looker = house.agent("looker");
        let (longer, most) = longer(watch(what));
        let begun = house.submit(&looker, longer);
        let mut should = Known::default();
        should.take_in(looker.told());
        house.engine.detach(looker.link, Departure::Leaving, house.now);
        if begun.is_err() {
            // It names a department that the policy no longer has.
            return Ok(());
        }
        let known = &self.watchers[watcher].known;
        if is_floor(what) {
            should.agents = should.agents.into_iter().take(most).collect();
            let own = (&known.departments, &known.agents, &known.totals, known.policy_version);
            let now = (&should.departments, &should.agents, &should.totals, should.policy_version);
            prop_assert_eq!(own, now, "watch {}", what);
        } else {
            let mut rows: Vec<_> = should.queued.into_values().collect();
            rows.sort_by_key(|row| (row.department.clone(), row.rank));
            let of_one = rows.chunk_by(|one, other| one.department == other.department);
            let first = of_one.flat_map(|rows| rows.iter().take(most));
            let first: BTreeMap<_, _> = first.map(|row| (row.session, row.clone())).collect();
            prop_assert_eq!(&known.queued, &first, "watch {}", what);
        }
        Ok(())
    }
}

/// The same departments, in a window that is long enough for all and that nobody else watches; and how long it was.
fn longer(watch: Command) -> (Command, usize) {
    match watch {
        Command::WatchFloor(query) => {
            let agents = query.agents.into();
            (Command::WatchFloor(Box::new(FloorQuery { agents: 99, ..*query })), agents)
        }
        Command::WatchQueues(query) => {
            let rows = query.rows.into();
            (Command::WatchQueues(Box::new(QueuesQuery { rows: 199, ..*query })), rows)
        }
        other => panic!("{other:?} is no watch"),
    }
}

impl Watcher {
    /// Takes in what it was told, at most one batch of each kind in a period.
    fn take_in(&mut self, mono_ms: u64) {
        let (floor, queues) = self.known.take_in(self.seat.told());
        for (kind, batches) in [floor, queues].into_iter().enumerate() {
            if batches > 0 {
                assert!(batches == 1 && self.watched[kind].is_some(), "{batches} at once");
                let before = self.told_mono_ms[kind].replace(mono_ms);
                assert!(before.is_none_or(|before| mono_ms >= before + PERIOD_MS), "too soon");
            }
        }
    }
}

fn cases() -> u32 {
    std::env::var("FRONTDESK_MODEL_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(96)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_a_watcher_knows_of_a_floor_is_what_a_newcomer_is_shown(
        steps in prop::collection::vec(step(), 1..150),
    ) {
        let mut world = World::new();
        for step in &steps {
            world.apply(step);
        }
        world.settle();
    }
}

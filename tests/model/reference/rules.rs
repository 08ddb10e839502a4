//! By what rules a tenant's departments share out visitors: a few kinds, one drawn for each case.

/// A department's rules.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    pub order: Order,
    /// How long agents are asked, and how many at once; 0 for not at all.
    pub asked: (u64, u8),
    /// Offers declined, and offers let pass, in a row before the agent is away.
    pub misses_max: (u16, u16),
    /// How long an agent isn't asked again.
    pub back_off_ms: u64,
    /// How long the room stays taken after a session, for notes.
    pub notes_ms: u64,
    /// When the second tier opens.
    pub second_tier_ms: u64,
}

/// Who of those who are free is next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    LeastLoaded,
    RoundRobin,
}

/// A kind of tenant.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// Least loaded first, and nobody is asked.
    Plain,
    /// One department asks two agents at once, the other one three.
    Asked,
    /// In turn, with time for notes; one department asks.
    InTurn,
    /// The second tier opens with time; one department asks.
    Tiers,
}

impl Kind {
    pub const DRAWN: [Self; 3] = [Self::Asked, Self::InTurn, Self::Tiers];

    /// The rules of its departments.
    pub fn rules(self) -> Vec<Rules> {
        let plain = Rules {
            order: Order::LeastLoaded,
            asked: (0, 0),
            misses_max: (3, 3),
            back_off_ms: 30_000,
            notes_ms: 0,
            second_tier_ms: 0,
        };
        let two = Rules { asked: (4_000, 2), misses_max: (2, 3), back_off_ms: 1_500, ..plain };
        let one = Rules { asked: (3_000, 3), misses_max: (0, 2), back_off_ms: 900, ..plain };
        let in_turn = Order::RoundRobin;
        match self {
            Self::Plain => vec![plain; 2],
            Self::Asked => vec![two, one],
            Self::InTurn => vec![
                Rules { order: in_turn, notes_ms: 800, ..plain },
                Rules { order: in_turn, notes_ms: 1_300, ..two },
            ],
            Self::Tiers => vec![
                Rules { second_tier_ms: 1_000, ..plain },
                Rules { second_tier_ms: 600, notes_ms: 500, ..one },
            ],
        }
    }
}

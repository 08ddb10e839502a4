//! By what rules a tenant's departments share out visitors: a few kinds, one drawn for each case.

/// A department's rules.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    /// How long agents are asked, and how many at once; 0 for not at all.
    pub asked: (u64, u8),
    /// Offers declined, and offers let pass, in a row before the agent is away.
    pub misses_max: (u16, u16),
    /// How long an agent isn't asked again.
    pub back_off_ms: u64,
}

/// A kind of tenant.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// Least loaded first, and nobody is asked.
    Plain,
    /// One department asks two agents at once, the other one three.
    Asked,
}

impl Kind {
    pub const DRAWN: [Self; 1] = [Self::Asked];

    /// The rules of its departments.
    pub fn rules(self) -> Vec<Rules> {
        let plain = Rules { asked: (0, 0), misses_max: (3, 3), back_off_ms: 30_000 };
        match self {
            Self::Plain => vec![plain; 2],
            Self::Asked => vec![
                Rules { asked: (4_000, 2), misses_max: (2, 3), back_off_ms: 1_500 },
                Rules { asked: (3_000, 3), misses_max: (0, 2), back_off_ms: 900 },
            ],
        }
    }
}

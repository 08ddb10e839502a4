//! Skills as bits: a tenant names at most 64, so a set of them is one number and a comparison is one instruction.

/// Most skills a tenant may name.
pub const SKILLS_MAX: usize = 64;

/// A set of a tenant's skills, by the bits that its policy gave them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SkillSet(pub u64);

impl SkillSet {
    /// No skill.
    pub const NONE: Self = Self(0);

    /// Whether nothing is in it.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether all of `other` is in it.
    pub fn covers(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Both together.
    #[must_use]
    pub fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// What is not in `other`.
    #[must_use]
    pub fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }
}

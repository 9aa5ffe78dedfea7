//! The calls, and what each has to come to.

/// A call, and what it has to come to.
pub(crate) struct Call {
    pub(crate) name: &'static str,
    pub(crate) number: &'static str,
    /// The recipient's final state.
    pub(crate) status: &'static str,
    /// What the recipient's error says.
    pub(crate) error: Option<&'static str>,
    /// Pages confirmed; `None` where it depends on the moment of the drop.
    pub(crate) pages: Option<u64>,
    /// Events that the timeline has, in this order.
    pub(crate) story: &'static [&'static str],
}

const ANSWERED: &[&str] = &[
    "attempt.started",
    "attempt.answered",
    "attempt.failed",
    "recipient.failed",
];
const NOT_ANSWERED: &[&str] = &["attempt.started", "attempt.failed", "recipient.failed"];

/// All of them.
pub(crate) const CALLS: &[Call] = &[
    Call {
        name: "success",
        number: "5550001111",
        status: "sent",
        error: None,
        pages: Some(3),
        story: &[
            "attempt.started",
            "attempt.answered",
            "attempt.negotiated",
            "page.sent",
            "page.sent",
            "attempt.sent",
            "recipient.sent",
        ],
    },
    Call {
        name: "busy",
        number: "5550002222",
        status: "failed",
        error: Some("the line is busy"),
        pages: Some(0),
        story: NOT_ANSWERED,
    },
    Call {
        name: "no answer",
        number: "5550003333",
        status: "failed",
        error: Some("nobody answered"),
        pages: Some(0),
        story: NOT_ANSWERED,
    },
    Call {
        name: "not in service",
        number: "5550004444",
        status: "failed",
        error: Some("the number is not in service"),
        pages: Some(0),
        story: NOT_ANSWERED,
    },
    Call {
        name: "rejected",
        number: "5550005555",
        status: "failed",
        error: Some("the far end rejected the call"),
        pages: Some(0),
        story: NOT_ANSWERED,
    },
    Call {
        name: "a person answers",
        number: "5550006666",
        status: "failed",
        error: Some("no fax machine answered"),
        pages: Some(0),
        story: ANSWERED,
    },
    Call {
        name: "drop in the middle of page 2",
        number: "5550009101",
        status: "failed",
        error: None,
        pages: Some(1),
        story: &[
            "attempt.started",
            "attempt.answered",
            "attempt.negotiated",
            "page.sent",
            "attempt.failed",
            "recipient.failed",
        ],
    },
];

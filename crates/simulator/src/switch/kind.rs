//! Kinds of events.

/// What an event is and which line of FreeSWITCH's source it says it comes from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Kind {
    pub(crate) name: &'static str,
    pub(crate) subclass: Option<&'static str>,
    pub(crate) file: &'static str,
    pub(crate) function: &'static str,
    pub(crate) line: u32,
}

impl Kind {
    pub(crate) const fn new(
        name: &'static str,
        file: &'static str,
        function: &'static str,
        line: u32,
    ) -> Self {
        Self {
            name,
            subclass: None,
            file,
            function,
            line,
        }
    }

    pub(crate) const fn custom(
        subclass: &'static str,
        file: &'static str,
        function: &'static str,
        line: u32,
    ) -> Self {
        Self {
            name: "CUSTOM",
            subclass: Some(subclass),
            file,
            function,
            line,
        }
    }
}

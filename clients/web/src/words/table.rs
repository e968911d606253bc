//! What a table of words becomes.

macro_rules! words {
    ($($name:ident $vietnamese:literal $english:literal;)*) => {
        /// The words of one language: a field that a template names and nobody wrote does not compile.
        #[derive(Debug)]
        pub struct Words { $(pub(crate) $name: &'static str,)* }

        pub(crate) static VIETNAMESE: Words = Words { $($name: $vietnamese,)* };
        pub(crate) static ENGLISH: Words = Words { $($name: $english,)* };

        #[cfg(test)]
        const TABLE: &[(&str, &str, &str)] = &[$((stringify!($name), $vietnamese, $english),)*];
    };
}

pub(super) use words;

//! Escapes and classes of characters.

use super::reader::Reader;

impl Reader<'_> {
    /// Behind a `\` outside of classes.
    pub(super) fn escape(&mut self) -> Option<()> {
        for (word, plain) in [("A", r"\A"), ("z", r"\z"), ("b", r"(?-u:\b)"), ("B", r"(?-u:\B)")] {
            if self.take(word) {
                self.plain.push_str(plain);
                return Some(());
            }
        }
        if self.named_class()? {
            return Some(());
        }
        let c = self.escaped_char()?;
        self.literal(c);
        Some(())
    }

    /// `d`, `p{Greek}` and the like, behind a `\`, inside of classes and outside. Whether there was one.
    fn named_class(&mut self) -> Option<bool> {
        for (word, class) in [
            ("d", "[0-9]"),
            ("D", "[^0-9]"),
            ("w", "[0-9A-Za-z_]"),
            ("W", "[^0-9A-Za-z_]"),
            ("s", r"[\t\n\x{c}\r\x20]"),
            ("S", r"[^\t\n\x{c}\r\x20]"),
        ] {
            if self.take(word) {
                self.plain.push_str(class);
                return Some(true);
            }
        }
        let mut is_negated = match () {
            () if self.take("p") => false,
            () if self.take("P") => true,
            () => return Some(false),
        };
        let name = if self.take("{") {
            is_negated ^= self.take("^");
            let (name, rest) = self.rest.split_once('}')?;
            self.rest = rest;
            name
        } else {
            let (name, rest) = self.rest.split_at_checked(1)?;
            self.rest = rest;
            name
        };
        let is_category = CATEGORIES.split(' ').any(|category| category == name);
        // The crate is generous with names: `greek` and `IsGreek` are Greek to it.
        let is_script = name.len() > 2
            && name.starts_with(|c: char| c.is_ascii_uppercase())
            && !name.starts_with("Is")
            && name.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'_');
        let kind = match name {
            "Any" => r"[\x{0}-\x{10ffff}]".to_owned(),
            _ if is_category => format!(r"\p{{gc={name}}}"),
            _ if is_script => format!(r"\p{{sc={name}}}"),
            _ => return None,
        };
        self.plain.push_str(if is_negated { "[^" } else { "[" });
        self.plain.push_str(&kind);
        self.plain.push(']');
        Some(true)
    }

    /// Behind a `\`: one character by its number, its letter, or itself.
    fn escaped_char(&mut self) -> Option<char> {
        let is_octal = |byte: u8| matches!(byte, b'0'..=b'7');
        Some(match self.next()? {
            'a' => '\x07',
            'f' => '\x0c',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'v' => '\x0b',
            'x' => self.hexadecimal()?,
            // A digit alone would be a reference to a group.
            '1'..='7' if !self.rest.bytes().next().is_some_and(is_octal) => return None,
            first @ '0'..='7' => {
                let more = self.rest.bytes().take(2).take_while(|byte| is_octal(*byte)).count();
                let (digits, rest) = self.rest.split_at(more);
                self.rest = rest;
                let number = u32::from_str_radix(&format!("{first}{digits}"), 8).ok()?;
                char::from_u32(number)?
            }
            c if c.is_ascii() && !c.is_ascii_alphanumeric() => c,
            _ => return None,
        })
    }

    /// Behind `\x`: two digits, or any number of them in braces.
    fn hexadecimal(&mut self) -> Option<char> {
        let digits = if self.take("{") {
            let digits = self.take_while(|byte| byte.is_ascii_hexdigit());
            if !self.take("}") {
                return None;
            }
            digits
        } else {
            let (digits, rest) = self.rest.split_at_checked(2)?;
            self.rest = rest;
            digits
        };
        // No sign: `from_str_radix` would take one.
        let is_number = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        if is_number { char::from_u32(u32::from_str_radix(digits, 16).ok()?) } else { None }
    }

    /// Behind a `[`.
    pub(super) fn class(&mut self) -> Option<()> {
        self.plain.push('[');
        if self.take("^") {
            self.plain.push('^');
        }
        let mut is_first = true;
        // The first bracket in a class means itself.
        while is_first || !self.rest.starts_with(']') {
            is_first = false;
            if self.rest.starts_with("[:")
                && let Some((name, rest)) = self.rest[2..].split_once(":]")
            {
                let named = name.strip_prefix('^').unwrap_or(name);
                ASCII_CLASSES.split(' ').find(|class| *class == named)?;
                self.plain.push_str(&format!("[:{name}:]"));
                self.rest = rest;
                continue;
            }
            if self.rest.starts_with('\\') {
                let before = self.rest;
                self.rest = &self.rest[1..];
                if self.named_class()? {
                    continue;
                }
                self.rest = before;
            }
            let first = self.class_char()?;
            self.literal(first);
            if self.rest.starts_with('-') && !self.rest.starts_with("-]") {
                self.rest = &self.rest[1..];
                let last = self.class_char()?;
                self.plain.push('-');
                self.literal(last);
            }
        }
        self.rest = &self.rest[1..];
        self.plain.push(']');
        Some(())
    }

    fn class_char(&mut self) -> Option<char> {
        match self.next()? {
            '\\' => self.escaped_char(),
            c => Some(c),
        }
    }
}

/// What may stand between `[:` and `:]` in a class, behind `^` or not.
const ASCII_CLASSES: &str = "alnum alpha ascii blank cntrl digit graph lower print punct space upper word xdigit";

/// The general categories of Unicode that RE2 knows by name.
const CATEGORIES: &str = "C Cc Cf Co Cs L Ll Lm Lo Lt Lu M Mc Me Mn N Nd Nl No P Pc Pd Pe Pf Pi Po Ps S Sc Sk Sm So Z Zl \
                          Zp Zs";

use proptest::prelude::*;

use super::*;

/// The pattern of a document that has no other.
fn alone(pattern: &str, how: Match) -> Option<Regex> {
    compile(pattern, how, &mut Budget::of_document())
}

const TIMEOUT: &str = "([1-9][0-9]{0,4})|(1[0-6][0-9]{4})|(17[0-1][0-9]{3})|(172[0-7][0-9]{2})|(172800)";
const SCRIPT_TIMEOUT: &str = "([1-9][0-9]{0,3})|(1[0-9]{1,4})|(2[0-7][0-9]{1,3})|(28[0-7][0-9]{1,2})|(28800)";
const ADDRESS: &str = r"^(?:[0-9]{1,3}\.){3}[0-9]{1,3}/(?:[0-9]|[12][0-9]|3[0-2])$";
const DOMAIN: &str = r"^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9][a-z0-9-]{0,61}[a-z0-9]\.{0,1}$";
const BUCKET: &str = r"^(([a-z0-9]|[a-z0-9][a-z0-9\-]*[a-z0-9])\.)*([a-z0-9]|[a-z0-9][a-z0-9\-]*[a-z0-9])$";

fn compiled(pattern: &str, how: Match) -> Regex {
    let Some(matcher) = alone(pattern, how) else { panic!("{pattern} was refused") };
    matcher
}

fn check_whole(pattern: &str, good: &[&str], bad: &[&str]) {
    let matcher = compiled(pattern, Match::Whole);
    for (values, wanted) in [(good, true), (bad, false)] {
        for value in values {
            assert_eq!(matcher.is_match(value), wanted, "{pattern} {value:?}");
        }
    }
}

#[test]
fn patterns_match_the_whole_value_at_the_service_and_a_part_on_the_agent() {
    for (pattern, value, whole, anywhere) in [
        ("a|b", "ab", false, true),
        ("a|b", "b", true, true),
        (TIMEOUT, "172800", true, true),
        (TIMEOUT, "172801", false, true),
        (TIMEOUT, "abc", false, false),
        (r"^[a-zA-Z0-9/:.\-_]{1,128}$", "a:b", true, true),
        (r"^[^']*$", "it's", false, false),
        (r"^[a-zA-Z0-9_\-\\\/]*$", r"a\b/c", true, true),
        ("a", "a\n", false, true),
        ("^a$", "a\n", false, false),
        ("^YES|NO$", "YES!", false, true),
        ("", "x", false, true),
    ] {
        for (how, wanted) in [(Match::Whole, whole), (Match::Anywhere, anywhere)] {
            assert_eq!(compiled(pattern, how).is_match(value), wanted, "{pattern} {how:?} {value}");
        }
    }
}

#[test]
fn patterns_of_public_documents_say_what_their_authors_meant() {
    for (pattern, good, bad) in [
        (TIMEOUT, &["1", "3600", "172800"] as &[_], &["0", "172801", "abc", ""] as &[_]),
        (SCRIPT_TIMEOUT, &["1", "28800"], &["0", "28801"]),
        (r"^[a-zA-Z0-9/:.\-_]{1,128}$", &["arn:aws:ssm:x/y"], &["", "a b"]),
        (r"^[^']*$", &["", "a\nb"], &["'"]),
        (r"^[a-zA-Z0-9_\-\\\/]*$", &[r"a\b/c-d", ""], &["a.b"]),
        (r"^[0-9a-zA-Z.\-=_]{1,128}$", &["httpd-2.4=x_y"], &["a b", ""]),
        ("^[0-9]+$", &["60"], &["", "-1"]),
        (r"^[a-zA-Z0-9_\-\.\$\{\}]{1,255}$", &["${a}.b-c"], &["", "a b"]),
        ("^[a-zA-Z0-9-_/]+(.log)$", &["/var/log/a-b_c.log"], &["/var/log/a"]),
        ("^[A-Za-z0-9._-]{1,253}$", &["a.b-c_d"], &["a/b"]),
        (r"[a-zA-Z0-9\-\._]+", &["a-b"], &["a b"]),
        (r"^i-[a-z0-9]{8,17}$", &["i-0123456789abcdef0"], &["mi-0123456789abcdef0"]),
        (r"^m?i-([a-z0-9]{8}|[a-z0-9]{17})$", &["mi-01234567", "i-0123456789abcdef0"], &["i-012345678"]),
        (r"^arn:(aws|aws-cn|aws-us-gov):iam::[0-9]{12}:role/.*$", &["arn:aws:iam::123456789012:role/a/b"], &["x"]),
        (r"^[0-9a-z][a-z0-9\-\.]{3,63}$", &["my.bucket-1"], &["My"]),
        (BUCKET, &["a.b-c", "a"], &["-a", "a..b"]),
        (r"^s3://[a-z0-9.-]+(/.*)?$", &["s3://a.b/c d", "s3://a"], &["s3://"]),
        (r"^https?:\/\/.+$", &["http://a", "https://a/b"], &["ftp://a"]),
        (r"^(true|false)$", &["true"], &["True"]),
        (r"^(?i)(true|false)$", &["TRUE"], &["yes"]),
        (r"(?i:install|uninstall)", &["Install"], &["remove"]),
        (r"^$|^[a-f0-9]{64}$", &[""], &["g"]),
        (r"^sha256:[a-f0-9]{64}$", &[], &["sha256:"]),
        (r"^[^\s@]+@[^\s@]+\.[^\s@]+$", &["a@b.c"], &["a b@c.d"]),
        (ADDRESS, &["10.0.0.0/8", "1.2.3.4/32"], &["1.2.3.4/33"]),
        (r"(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})/(\d{1,2})", &["10.0.0.0/16"], &["10.0.0/16"]),
        (r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$", &["2024-01-31T00:00:00Z"], &["2024-01-31"]),
        (DOMAIN, &["example.com", "a-b.example.com."], &["-a.com"]),
        (r"^[a-z_][a-z0-9_-]*[$]?$", &["root", "svc$"], &["9a"]),
        (r"^[a-z][-a-z0-9_]*$", &["a-b"], &["-a"]),
        (r"^[\w+=,.@\-/]+$", &["a+b=c,d.e@f-g/h"], &["a b"]),
        (r"^[\w-]+$", &["a-b_c"], &["a.b"]),
        (r"^[\w-.]+$", &["a-b.c"], &["a b"]),
        (r"^[a-zA-Z]:\\(?:[^\\/:*?\x22<>|\r\n]+\\)*[^\\/:*?\x22<>|\r\n]*$", &[r"C:\a b\c.txt"], &[r"C:\a?b"]),
        (r"^\/(?:[^\/\x00]+\/?)*$", &["/", "/a/b c/"], &["a"]),
        (r"^(\/[\w\-\.]+)+\/?$", &["/opt/my-app/x.y/"], &["opt"]),
        (r"^v?\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$", &["v1.2.3", "1.2.3-rc.1"], &["1.2"]),
        (r"^((latest)|(\d+(\.\d+){1,3}))$", &["latest", "3.1.2.0"], &["3"]),
        (r"^(Linux|Windows)?$", &["", "Linux"], &["linux"]),
        (r"^[^`;&|$<>]*$", &["ls -l"], &["a;b", "$(x)"]),
        (r"^[[:alnum:]_[:space:]-]*$", &["a_b c-1"], &["a.b"]),
        (r"^[\x20-\x7E]*$", &["a~ "], &["\u{e9}", "\t"]),
        (r"^\p{L}[\p{L}\p{N} ]*$", &["\u{c9}t\u{e9} 1"], &["1a"]),
        (r"^\pL+$", &["\u{e9}"], &["1"]),
        (r"^(?P<year>\d{4})(?<month>\d{2})$", &["202401"], &["2024"]),
        (r"^(?P<a>x)(?P<A>y)(?P<a1>z)$", &["xyz"], &["xy"]),
        (r"^([0-1]?[0-9]|2[0-3]):[0-5][0-9]$", &["9:30", "23:59"], &["24:00"]),
        (r"^(rate|cron)\(.+\)$", &["rate(1 day)"], &["rate"]),
        (r"^.{0,1000}$", &["x"], &["a\nb"]),
        (r"(?s)^.*$", &["a\nb"], &[]),
        (r"(?ms)^.*$", &["a\nb"], &[]),
        (r"^\S+$", &["a"], &["a b", "a\tb"]),
        (r"^\{\{ *resolve:[\w:-]+ *\}\}$", &["{{ resolve:a:b }}"], &["resolve"]),
        (r"^{.*}$", &[r#"{"a": 1}"#], &["a"]),
    ] {
        check_whole(pattern, good, bad);
    }
}

#[test]
fn classes_and_escapes_are_those_of_re2() {
    for (pattern, good, bad) in [
        (r"\w+", &["aZ_9"] as &[_], &["\u{e9}"] as &[_]),
        (r"\d", &["7"], &["\u{663}"]),
        (r"\W", &["\u{e9}"], &["a"]),
        (r"\D\S", &["\u{663}\u{a0}"], &["7a"]),
        (r"\s", &[" ", "\u{c}"], &["\u{a0}", "\u{b}"]),
        (r"[\s]", &[" "], &["\u{b}"]),
        (r"[[a]", &["[", "a"], &["b"]),
        (r"[a&&b]+", &["a&b"], &["c"]),
        (r"[a-c&&[b]", &["[", "&"], &["d"]),
        (r"[a~~b]+", &["a~b"], &["c"]),
        (r"[+--]+", &["+,-"], &["."]),
        (r"[]a]+", &["]a"], &["b"]),
        (r"[^]a]", &["b"], &["]", "a"]),
        (r"[a^]+", &["^a"], &["b"]),
        (r"[-a]+", &["-a"], &["b"]),
        (r"[a-]+", &["-a"], &["b"]),
        (r"[a-z-9]+", &["m-9"], &["5"]),
        (r"[\d-z]+", &["5-z"], &["a"]),
        (r"[:a]+", &[":a"], &["b"]),
        (r"[[:a]+", &["[:a"], &["b"]),
        (r"[[:alpha:]~]+", &["a~"], &["1"]),
        (r"[[:^alpha:]]+", &["1 "], &["a"]),
        (r"[^[:digit:]\s]+", &["ab"], &["a1", "a b"]),
        (r"[\]\[\\\^\-]+", &[r"][\^-"], &["a"]),
        (r"[\/\.\_\,]+", &["/._,"], &["a"]),
        (r"[\pN\p{Lu}]+", &["\u{663}A"], &["a"]),
        (r"[^\P{Greek}]", &["\u{3b1}"], &["a"]),
        (r"\p{^Greek}", &["a"], &["\u{3b1}"]),
        (r"\P{L}\p{Any}", &["1a"], &["aa"]),
        (r"\/\-\_\@\ \#\%\&\~\'", &["/-_@ #%&~'"], &[]),
        (r"\a\f\t\n\r\v", &["\u{7}\u{c}\t\n\r\u{b}"], &[]),
        (r"\x41\x{1F600}\101\060\07", &["A\u{1f600}A0\u{7}"], &[]),
        (r"\Aa\z", &["a"], &["a\n"]),
        (r"a\b.\Bb", &[], &["a-b"]),
        (r"\Q.*[\E+a", &[".*[[a"], &["x[a"]),
        (r"\Qa.b", &["a.b"], &["axb"]),
        (r"a{,3}", &["a{,3}"], &["aa"]),
        (r"a{", &["a{"], &["a"]),
        (r"a{}}", &["a{}}"], &["a"]),
        (r"a{01}", &["a{01}"], &["a"]),
        (r"a{2", &["a{2"], &["aa"]),
        (r"a{1 }", &["a{1 }"], &["a"]),
        (r"{a}", &["{a}"], &["a"]),
        (r"a{2}b{1,}c{0,1}", &["aab", "aabbc"], &["ab"]),
        (r"a{2,}?b+?c*?d??", &["aabcd"], &["ab"]),
        (r"a]", &["a]"], &["a"]),
        (r"(|a)()*", &["", "a"], &["b"]),
        (r"(?i)stra\xdfe|k", &["STRA\u{df}E", "\u{212a}"], &["x"]),
        (r"(?i-s:a).", &["Ab"], &["A\n"]),
        (r"(?U)a+", &["aa"], &["b"]),
        (r"((?i)a)b", &["Ab"], &["AB"]),
    ] {
        check_whole(pattern, good, bad);
    }
    assert!(compiled(r"\bif\b", Match::Anywhere).is_match("\u{e9}if"), "letters beyond ASCII end no word");
}

#[test]
fn what_is_not_of_the_dialect_or_too_large_is_refused() {
    let deep = "(".repeat(60) + &")".repeat(60);
    for pattern in [
        "(?!a)",
        "(?=a)",
        "(?<=a)b",
        "(?<!a)b",
        "(?>a)",
        r"^(?!(^xn--|.$))^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$",
        r"^(?=.*[a-z])(?=.*[A-Z])(?=.*\d).{8,32}$",
        r"^$|^(?!\s*$).+",
        r"(a)\1",
        r"(?P<a>b)\k<a>",
        "(?P=a)",
        "(?P>a)",
        "(?P<a>x)(?P<a>y)",
        "(?<a>x)|(?P<a>y)",
        "(?P<a>x(?P<a>y))",
        "(?<>a)",
        "(?<a-b>c)",
        "(?<a",
        "(?#no)a",
        "(?x) a",
        "(?i",
        "(?i-)a",
        "(?--i)a",
        "(?)",
        "(?",
        "a++",
        "a*+",
        "a?+",
        "a{2}+",
        "a**",
        "a+*",
        "a{2}{3}",
        "a??*",
        "*a",
        "+",
        "?",
        "{2}",
        "(*a)",
        "a|*",
        "(?i)*",
        "a)|(b",
        "a)",
        "(",
        "[",
        "[]",
        "[^]",
        "[a",
        "[z-a]",
        "[a--]",
        r"[a-\d]",
        r"[\b]",
        r"[\A]",
        r"[\Qa\E]",
        "[[:foo:]]",
        "[[:Alpha:]]",
        r"\",
        r"[a\",
        r"\Z",
        r"\h",
        r"\R",
        r"\e",
        r"\i",
        r"\E",
        r"\C",
        r"\G",
        r"\1",
        r"\8",
        "\\\u{e9}",
        r"\x",
        r"\x4",
        r"\x{}",
        r"\x{110000}",
        r"\x{D800}",
        r"\x{41",
        r"\x+1",
        r"\u0041",
        r"\p",
        r"\p{",
        r"\p{}",
        r"\p{Alpha}",
        r"\p{javaLowerCase}",
        r"\p{IsGreek}",
        r"\p{greek}",
        r"\p{gc=L}",
        r"\pX",
        "\\p\u{e9}",
        "a{1001}",
        "a{2,1}",
        "a{99999999999}",
        "(a{100}){100}",
        "((a{1000}){1000}){1000}",
        r"\p{L}{1000}",
        deep.as_str(),
    ] {
        for how in [Match::Whole, Match::Anywhere] {
            assert!(alone(pattern, how).is_none(), "{pattern} was taken");
        }
    }
}

proptest! {
    #[test]
    fn no_pattern_makes_the_compiler_panic(
        pattern in r"[\[\]\\^a-z:&~(){}|*+?.,<>=!PQExpL0-9dwsDWSi-]{0,24}|\PC{0,16}",
    ) {
        let (whole, anywhere) = (alone(&pattern, Match::Whole), alone(&pattern, Match::Anywhere));
        prop_assert_eq!(whole.is_some(), anywhere.is_some());
    }

    /// What the translation writes is what was read: a text quoted in any of three ways matches itself and no other.
    #[test]
    fn a_quoted_text_matches_itself_alone(text in r"[ -~\u{e9}\n]{1,12}", other in r"[ -~]{0,12}") {
        let escaped: String = text.chars().map(|c| format!(r"\x{{{:x}}}", u32::from(c))).collect();
        let single: String = text.chars().map(|c| format!("[{}{c}]", if c == '^' || c == '\\' { r"\" } else { "" })).collect();
        for pattern in [escaped, single, regex::escape(&text).replace(r"\-", "-")] {
            let matcher = compiled(&pattern, Match::Whole);
            prop_assert!(matcher.is_match(&text), "{}", pattern);
            prop_assert_eq!(matcher.is_match(&other), text == other, "{}", pattern);
        }
    }

    #[test]
    fn what_matches_as_a_whole_matches_somewhere(pattern in "[a-c.*+?()|^$-]{0,10}|\\[[a-c^-]{1,4}\\][*+]", value in "[a-d]{0,5}") {
        if let Some(whole) = alone(&pattern, Match::Whole)
            && whole.is_match(&value)
        {
            prop_assert!(compiled(&pattern, Match::Anywhere).is_match(&value));
        }
    }
}

#[test]
fn patterns_of_a_document_share_a_budget_that_common_ones_do_not_feel() {
    let common = [
        r"([1-9][0-9]{0,4})|(1[0-6][0-9]{4})|(17[0-1][0-9]{3})|(172[0-7][0-9]{2})|(172800)",
        r"^[a-zA-Z0-9_\-\.\$\{\}]{1,255}$",
        r"^arn:(aws[a-zA-Z-]*)?:iam::\d{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+$",
        r"^.{0,200}$",
    ];
    let mut budget = Budget::of_document();
    for pattern in common.iter().cycle().take(200) {
        assert!(compile(pattern, Match::Whole, &mut budget).is_some(), "{pattern}");
    }
    for (costly, most) in [(r"[\pL\pN]{20}", 10), (r".{1,900}", 200), (r"(?i)\PL\PL\PL\PL", 40)] {
        let mut budget = Budget::of_document();
        let taken = (0..200).take_while(|_| compile(costly, Match::Anywhere, &mut budget).is_some()).count();
        assert!((1..most).contains(&taken), "{costly}: {taken}");
    }
    let long = "a".repeat(MAX_PATTERN_BYTES);
    assert!(alone(&long, Match::Whole).is_some() && alone(&(long + "a"), Match::Whole).is_none());
    assert!(alone(&format!("(?i){}", r"\PL".repeat(1000)), Match::Anywhere).is_none());
    assert!(may_let_through(&format!("(?i){}", r"\PL".repeat(1000)), ";"));
}

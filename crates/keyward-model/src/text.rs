//! Small pieces of wording that messages share.

/// `a`, `a and b`, `a, b and c`.
pub fn plain_list<S: AsRef<str>>(items: &[S]) -> String {
    match items {
        [] => String::new(),
        [one] => one.as_ref().to_owned(),
        [init @ .., last] => {
            let init: Vec<&str> = init.iter().map(AsRef::as_ref).collect();
            format!("{} and {}", init.join(", "), last.as_ref())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::plain_list;

    #[test]
    fn a_list_reads_like_a_sentence() {
        assert_eq!(plain_list::<&str>(&[]), "");
        assert_eq!(plain_list(&["a"]), "a");
        assert_eq!(plain_list(&["a", "b", "c"]), "a, b and c");
    }
}

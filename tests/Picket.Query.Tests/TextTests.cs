using System.Text;
using System.Text.RegularExpressions;
using Picket.Query.Text;
using Picket.Testing;

namespace Picket.Query.Tests;

public sealed class TextTests
{
    [Theory]
    [InlineData("status 50[03] in", "status 50")]
    [InlineData("^/admin/.*\\.php$", "/admin/")]
    [InlineData("(a|b)cdef(gh)?ijk", "cdef")]
    [InlineData("colou?r", "colo")]
    [InlineData("abc*de", "ab")]
    [InlineData("abc+de", "abc")]
    [InlineData("abcd{0,3}", "abc")]
    [InlineData("one|two", "")]
    [InlineData("(?x) a b", "")]
    [InlineData("\\d+\\.\\d+", ".")]
    [InlineData("[]abc]def", "def")]
    [InlineData("(x[)]y)tail", "tail")]
    [InlineData("", "")]
    public void The_literal_that_an_expression_needs_is_found(string pattern, string expected) => Assert.Equal(expected, RequiredLiteral.Of(pattern));

    [Fact]
    public void Whatever_an_expression_matches_contains_its_literal() => Property.Holds(3_000, random =>
    {
        string[] parts = ["a", "b", "cd", ".", "\\.", "\\d", "[ab]", "[^c]", "(ab)", "(a|cd)", "(?:b)", "?", "*", "+", "{2}", "^", "$", "\\b", " "];
        var pattern = string.Concat(Enumerable.Range(0, random.Next(1, 7)).Select(_ => parts[random.Next(parts.Length)]));
        Regex regex;
        try
        {
            regex = new Regex(pattern, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
        }
        catch (Exception error) when (error is ArgumentException or NotSupportedException)
        {
            return;
        }
        var literal = RequiredLiteral.Of(pattern);
        for (var i = 0; i < 40; i++)
        {
            var text = string.Concat(Enumerable.Range(0, random.Next(0, 8)).Select(_ => "abcd. 1"[random.Next(7)]));
            Assert.True(!regex.IsMatch(text) || text.Contains(literal, StringComparison.Ordinal), $"{pattern} matches {text} without {literal}");
        }
    });

    [Fact]
    public void A_needle_is_found_where_a_plain_search_finds_it() => Property.Holds(3_000, random =>
    {
        const string letters = "aAbBzZ@[`{0 _-.";
        string Make(int most) => string.Concat(Enumerable.Range(0, random.Next(most)).Select(_ => letters[random.Next(letters.Length)]));
        var (text, needle) = (Make(120), Make(5));
        Assert.Equal(text.IndexOf(needle, StringComparison.OrdinalIgnoreCase), new Needle(needle).IndexIn(Encoding.ASCII.GetBytes(text)));
    });
}

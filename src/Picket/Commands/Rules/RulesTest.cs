using System.CommandLine;
using System.Globalization;
using System.Xml.Linq;
using Picket.Detection.Rules;
using Picket.Detection.Testing;
using Picket.Terminal;

namespace Picket.Commands.Rules;

/// <summary><c>picket rules test</c>: rules against the events that files of expectations name.</summary>
internal static class RulesTest
{
    private sealed record Result(Expectation Expectation, string? Wrong);

    public static Command Command()
    {
        var paths = new Argument<string[]>("paths") { Description = $"Folders with rules and, beside them, files of expectations named *{RuleFiles.ExpectationSuffix}; or such files", Arity = ArgumentArity.OneOrMore };
        var folders = new Option<string[]>("--rules") { Description = "Where else the rules are", AllowMultipleArgumentsPerToken = false };
        var junit = new Option<string?>("--junit") { Description = "Write the results to this file, as JUnit's XML" };
        var pipelines = RulesCommand.Pipelines();
        var command = new Command(
            "test", "Check that rules match the events they must and raise the alerts they must, and no others.\n\nExit status: 0 all is as expected; 1 something is not; 3 a rule or a file was refused.\n\nExamples:\n  picket rules test rules\n  picket rules test rules --junit results.xml")
        {
            paths, folders, pipelines, junit,
        };
        command.SetAction(parsed =>
        {
            var (given, refused) = (parsed.GetValue(paths)!, new List<RuleFinding>());
            var read = RulesCommand.Read(given.Where(path => !path.EndsWith(RuleFiles.ExpectationSuffix, StringComparison.Ordinal)).Concat(parsed.GetValue(folders) ?? []), parsed.GetValue(pipelines)!);
            refused.AddRange(read.Refused);
            var rules = read.Rules.ToLookup(rule => rule.Id, StringComparer.Ordinal);
            var results = given.SelectMany(ExpectationsOf).SelectMany(file => Expectation.Read(file, File.ReadAllText(file), refused.Add)).Select(one => new Result(one, Check(one, rules[one.RuleId], read.Rules))).ToArray();
            foreach (var result in results.Where(result => result.Wrong is not null))
            {
                Console.Out.WriteLine($"{result.Expectation.File}:{result.Expectation.Line}: {result.Expectation.RuleId}: {result.Wrong}: {result.Expectation.Event}");
            }
            if (parsed.GetValue(junit) is { } file)
            {
                Junit(results).Save(file);
            }
            var failed = results.Count(result => result.Wrong is not null);
            Console.Error.WriteLine($"Expectations: {results.Length:N0}, as they should be: {results.Length - failed:N0}; rules with none: {read.Rules.Count(rule => Array.TrueForAll(results, result => result.Expectation.RuleId != rule.Id)):N0} of {read.Rules.Count:N0}");
            return RulesCommand.Tell(refused) is var status && failed > 0 ? ExitCode.Failed : status;
        });
        return command;
    }

    private static IEnumerable<string> ExpectationsOf(string path) =>
        Directory.Exists(path) ? Directory.EnumerateFiles(path, "*" + RuleFiles.ExpectationSuffix, SearchOption.AllDirectories).Order(StringComparer.Ordinal)
        : path.EndsWith(RuleFiles.ExpectationSuffix, StringComparison.Ordinal) ? [path] : [];

    private static string? Check(Expectation expectation, IEnumerable<Rule> rules, IReadOnlyList<Rule> all)
    {
        try
        {
            return rules.FirstOrDefault() is { } rule ? expectation.Check(rule, rule.Correlation is null ? null : all) : "there is no rule with this id";
        }
        catch (FormatException error)
        {
            return $"this is no event ({error.Message})";
        }
    }

    private static XElement Junit(Result[] results) => new(
        "testsuites",
        results.GroupBy(result => result.Expectation.File).Select(file => new XElement(
            "testsuite",
            new XAttribute("name", file.Key),
            new XAttribute("tests", file.Count()),
            new XAttribute("failures", file.Count(result => result.Wrong is not null)),
            file.Select(result => new XElement(
                "testcase",
                new XAttribute("classname", result.Expectation.RuleId),
                new XAttribute("name", string.Create(CultureInfo.InvariantCulture, $"line {result.Expectation.Line}: {(result.Expectation.MustMatch ? "" : "no ")}{(result.Expectation.IsOfAlert ? "alert" : "match")}")),
                new XAttribute("file", file.Key),
                new XAttribute("line", result.Expectation.Line),
                result.Wrong is null ? null : new XElement("failure", new XAttribute("message", result.Wrong), result.Expectation.Event))))));
}

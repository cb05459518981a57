using System.Text;
using System.Text.Json;
using Picket.Events.Parsing;
using Picket.Events.Schema;
using Picket.Testing;

namespace Picket.Events.Tests;

/// <summary>Texts that others collected.</summary>
public sealed class SuiteTests
{
    [Fact]
    public void JSONTestSuite_y_is_taken_n_is_refused_with_line_and_reason_as_a_fields_value()
    {
        var folder = SharedData.Find("json_test_suite", "test_parsing");
        Assert.SkipWhen(folder is null, "shared/data/json_test_suite is absent");
        var seen = 0;
        foreach (var file in Directory.GetFiles(folder, "*.json"))
        {
            using var parser = new EventParser { ReceivedAt = Some.Instant };
            var accepted = parser.TryParse([.. "{\"v\":"u8, .. File.ReadAllBytes(file), .. "}"u8], 3);
            switch (Path.GetFileName(file)[0])
            {
                case 'y':
                    Assert.True(accepted, $"{Path.GetFileName(file)}: {(accepted ? "" : parser.Errors[0].Reason)}");
                    break;
                case 'n':
                    Assert.False(accepted, Path.GetFileName(file));
                    Assert.Equal(3, parser.Errors[0].Item);
                    Assert.NotEmpty(parser.Errors[0].Reason);
                    break;
            }
            seen++;
        }
        Assert.True(seen > 100, $"{seen} files");
    }

    [Fact]
    public void Naughty_strings_come_back_byte_for_byte()
    {
        var file = SharedData.Find("blns", "blns_dev.json");
        Assert.SkipWhen(file is null, "shared/data/blns is absent");
        using var document = JsonDocument.Parse(File.ReadAllBytes(file));
        foreach (var element in document.RootElement.EnumerateArray())
        {
            var text = element.GetString()!;
            var json = $"{{\"message\":\"{JsonEncodedText.Encode(text)}\"}}";
            using var batch = Some.Batch(json);
            Assert.True(batch[0].TryGet(EventSchema.Message, out var value));
            Assert.Equal(Encoding.UTF8.GetBytes(text), value.Text.ToArray());
            Assert.Equal(text, JsonDocument.Parse(Some.Original(batch[0])).RootElement.GetProperty("message").GetString());
        }
    }
}

using Picket.Storage.Log;

namespace Picket.Storage.Tests;

public sealed class LogFileNameTests
{
    [Theory]
    [InlineData(1ul, 0)]
    [InlineData(ulong.MaxValue, 999)]
    [InlineData(7ul, 12_345)]
    public void A_name_is_read_again(ulong first, int attempt)
    {
        var name = new LogFileName(first, attempt);
        Assert.True(LogFileName.TryParse(name.ToString(), out var read));
        Assert.Equal(name, read);
    }

    [Theory]
    [InlineData("log/x.log")]
    [InlineData("log/0000000000000001-.log")]
    [InlineData("log/0000000000000001-000.tmp")]
    public void Other_files_are_none(string path) => Assert.False(LogFileName.TryParse(path, out _));

    [Fact]
    public void Names_are_ordered_by_number_and_then_try() =>
        Assert.Equal(
            [new LogFileName(1, 9), new LogFileName(1, 1_000), new LogFileName(2, 0)],
            new[] { new LogFileName(2, 0), new LogFileName(1, 1_000), new LogFileName(1, 9) }.Order());
}

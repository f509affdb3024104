ALTER TABLE `images` ADD `lacking` text;--> statement-breakpoint
ALTER TABLE `units` ADD `question` text;--> statement-breakpoint
ALTER TABLE `units` ADD `previously` text;--> statement-breakpoint
CREATE INDEX `units_question` ON `units` (`question`);